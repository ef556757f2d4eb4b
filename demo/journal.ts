// What the processes of one contender were answered: every read and every login, without values.

import type { Reader, Reading } from './readers.ts';

export type ProcessName = 'lambda' | 'server';

export interface Read {
  readonly process: ProcessName;
  readonly secretId: string;
  readonly versionStage: string;
  /** Undefined when the read failed. */
  readonly versionId: string | undefined;
  /** The error's code or, without one, its name. */
  readonly failure: string | undefined;
  /** When it was answered, in milliseconds since 1970. */
  readonly atMs: number;
}

export class Journal {
  readonly reads: Read[] = [];
  readonly logins: { readonly accepted: boolean }[] = [];
  readonly #failures = new Set<unknown>();

  /** The reader of a process, with its reads written down. */
  recording(process: ProcessName, reader: Reader): Reader {
    const { replace } = reader;
    return {
      ...reader,
      read: async (secretId, versionStage) => {
        const asked = { process, secretId, versionStage };
        try {
          const reading = await reader.read(secretId, versionStage);
          this.#write({ ...asked, versionId: reading.versionId, failure: undefined });
          return reading;
        } catch (error) {
          this.#failures.add(error);
          this.#write({ ...asked, versionId: undefined, failure: nameOf(error) });
          throw error;
        }
      },
      ...(replace !== undefined && {
        replace: async (...asked: Parameters<typeof replace>): Promise<Reading> => {
          try {
            return await replace(...asked);
          } catch (error) {
            this.#failures.add(error);
            throw error;
          }
        },
      }),
    };
  }

  /** Whether an error is that of a failed read; any other is a mistake in the demo. */
  has(error: unknown): boolean {
    return this.#failures.has(error);
  }

  #write(read: Omit<Read, 'atMs'>): void {
    this.reads.push({ ...read, atMs: Date.now() });
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
