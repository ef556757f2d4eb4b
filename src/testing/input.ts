// Reads a request's members with the constraints of the service's model, refusing as the service does.

import { serialization, validation } from './errors.ts';

/** Bounds on a text's length, in characters. */
interface Length {
  readonly min: number;
  readonly max: number;
}

export const SECRET_ID: Length = { min: 1, max: 2048 };
export const VERSION_ID: Length = { min: 32, max: 64 };
export const VERSION_STAGE: Length = { min: 1, max: 256 };
export const NEXT_TOKEN: Length = { min: 1, max: 4096 };

type Kind = 'string' | 'number' | 'boolean' | 'array' | 'object';

function kindOf(value: unknown): Kind | 'null' {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'object';
}

/** The service writes member names in its messages with a small first letter. */
function memberName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function checkLength(value: { readonly length: number }, shown: string, name: string, length: Length): void {
  const at = `Value${shown} at '${memberName(name)}' failed to satisfy constraint: Member must have length`;
  if (value.length < length.min) throw validation(`${at} greater than or equal to ${length.min}`);
  if (value.length > length.max) throw validation(`${at} less than or equal to ${length.max}`);
}

/**
 * One request's members. A member of the wrong JSON type is a SerializationException, one out of its bounds a
 * ValidationException, as the AWS JSON protocol has it; null counts as absent.
 */
export class Input {
  readonly #members: Readonly<Record<string, unknown>>;

  constructor(members: Readonly<Record<string, unknown>>) {
    this.#members = members;
  }

  has(name: string): boolean {
    return kindOf(this.#member(name)) !== 'null';
  }

  text(name: string, length?: Length): string | undefined {
    const value = this.#typed(name, 'string');
    if (typeof value !== 'string') return undefined;
    if (length !== undefined) checkLength(value, ` '${value}'`, name, length);
    return value;
  }

  requiredText(name: string, length: Length): string {
    const value = this.text(name, length);
    if (value === undefined) throw missing(name);
    return value;
  }

  integer(name: string, bounds?: { readonly min: number; readonly max: number }): number | undefined {
    const value = this.#typed(name, 'number');
    if (typeof value !== 'number') return undefined;
    if (!Number.isInteger(value)) throw serialization(`Member ${name} must be an integer.`);
    const at = `Value '${value}' at '${memberName(name)}' failed to satisfy constraint: Member must have value`;
    if (bounds !== undefined && value < bounds.min) {
      throw validation(`${at} greater than or equal to ${bounds.min}`);
    }
    if (bounds !== undefined && value > bounds.max) {
      throw validation(`${at} less than or equal to ${bounds.max}`);
    }
    return value;
  }

  flag(name: string): boolean {
    return this.#typed(name, 'boolean') === true;
  }

  /** A flag whose default is not false. */
  optionalFlag(name: string): boolean | undefined {
    const value = this.#typed(name, 'boolean');
    return typeof value === 'boolean' ? value : undefined;
  }

  texts(name: string, count?: Length, length?: Length): readonly string[] | undefined {
    const list = this.#list(name);
    if (list === undefined) return undefined;
    const texts = list.map((item) => {
      if (typeof item !== 'string') throw serialization(`Members of ${name} must be strings.`);
      return item;
    });
    if (count !== undefined) checkLength(texts, ` '[${texts.join(', ')}]'`, name, count);
    for (const text of texts) if (length !== undefined) checkLength(text, ` '${text}'`, name, length);
    return texts;
  }

  /** A list of structures. */
  items(name: string): readonly Input[] | undefined {
    return this.#list(name)?.map((item) => {
      if (kindOf(item) !== 'object') throw serialization(`Members of ${name} must be objects.`);
      return new Input(item as Record<string, unknown>);
    });
  }

  structure(name: string): Input | undefined {
    const value = this.#typed(name, 'object');
    return value === undefined ? undefined : new Input(value as Record<string, unknown>);
  }

  /** A sensitive text: its length is checked in UTF-8 bytes and it is never quoted in a message. */
  sensitiveText(name: string, length: Length): string | undefined {
    const value = this.#typed(name, 'string');
    if (typeof value !== 'string') return undefined;
    checkLength(Buffer.from(value), '', name, length);
    return value;
  }

  /** A sensitive blob: base64 on the wire, its length is that of the bytes. */
  sensitiveBytes(name: string, length: Length): Uint8Array | undefined {
    const value = this.#typed(name, 'string');
    if (typeof value !== 'string') return undefined;
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u.test(value)) {
      throw serialization(`Member ${name} must be base64.`);
    }
    const bytes = Buffer.from(value, 'base64');
    checkLength(bytes, '', name, length);
    return bytes;
  }

  #member(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined;
  }

  #typed(name: string, kind: Kind): unknown {
    const value = this.#member(name);
    const actual = kindOf(value);
    if (actual === 'null') return undefined;
    if (actual !== kind) throw serialization(`Member ${name} must be of type ${kind}, not ${actual}.`);
    return value;
  }

  #list(name: string): readonly unknown[] | undefined {
    const value = this.#typed(name, 'array');
    return value === undefined ? undefined : (value as readonly unknown[]);
  }
}

export function missing(name: string): Error {
  return validation(
    `Value null at '${memberName(name)}' failed to satisfy constraint: Member must not be null`,
  );
}
