/** A mark on the SDK commands that this package sends, by which its SDK plugin tells them from the user's own. */

// Symbol.for: the ESM and the CJS build, or two versions in one tree, recognise each other's commands.
const MARK = Symbol.for('secretsmanager-cache.command');

/** Marks `command` as sent by a cache, and returns it. */
export function markCommand<C extends object>(command: C): C {
  return Object.defineProperty(command, MARK, { value: true });
}

/** Whether a cache sent `command`: a plugin that answered it from that cache would wait for itself. */
export function isMarkedCommand(command: object): boolean {
  return MARK in command;
}
