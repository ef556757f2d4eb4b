/** Checks of what callers give: each throws `TypeError` or `RangeError` in one shape that says what to give instead. */

import { quote } from './errors.ts';

/** A value from outside, short enough for a message: `got -1`, `got "5m"`, `got an array`. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > 64 ? `a string of ${value.length} characters` : quote(value);
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'undefined':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'an array' : 'an object';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
  }
}

export function object(what: string, value: unknown, expected = 'an object'): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${what} must be ${expected}, got ${shown(value)}`);
  }
}

/** A misspelt option would be ignored in silence; a misspelt stage would answer with another version. */
export function onlyKnown(what: string, value: object, known: readonly string[]): void {
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) {
      throw new TypeError(`unknown ${what}: ${quote(name)}; known are ${known.join(', ')}`);
    }
  }
}

/** A number of milliseconds >= 0. `Infinity` is one, unless `finite` is asked for. */
export function duration(name: string, value: unknown, bound?: 'above 0' | 'finite'): number {
  const isInRange =
    typeof value === 'number' &&
    value >= 0 &&
    !(bound === 'above 0' && value === 0) &&
    !(bound === 'finite' && value === Infinity);
  if (isInRange) return value;
  const phrase = bound === 'above 0' ? '> 0' : `>= 0${bound === 'finite' ? ' and finite' : ''}`;
  return refuse(name, `a number of milliseconds ${phrase}`, value, 'number');
}

export function ratio(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value < 1) return value;
  return refuse(name, 'a number in [0, 1)', value, 'number');
}

export function integer(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  return refuse(name, `an integer from ${min} to ${max}`, value, 'number');
}

/** A text with something in it, within the service's length limit. */
export function text(name: string, value: unknown, maxLength: number): string {
  if (typeof value === 'string' && value.length <= maxLength && value.trim() !== '') return value;
  return refuse(name, `a string of 1 to ${maxLength} characters, not blank`, value, 'string');
}

/** RangeError for a value of the right type, TypeError for any other. */
function refuse(name: string, rule: string, value: unknown, type: 'number' | 'string'): never {
  const message = `\`${name}\` must be ${rule}, got ${shown(value)}`;
  throw typeof value === type ? new RangeError(message) : new TypeError(message);
}
