/** Clients that go on asking one after the other until they are stopped: what every one of them got is kept. */

export class Load<T> {
  readonly answers: T[] = [];
  readonly failures: unknown[] = [];
  readonly #done: Promise<unknown>;
  #stopped = false;

  constructor(clients: number, ask: () => Promise<T>) {
    const client = async (): Promise<void> => {
      while (!this.#stopped) {
        try {
          this.answers.push(await ask());
        } catch (error) {
          this.failures.push(error);
          return;
        }
      }
    };
    this.#done = Promise.all(Array.from({ length: clients }, client));
  }

  /** No new question; resolves when the last one is answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }
}
