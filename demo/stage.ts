// The stage: all contenders, the database they log in to, and the beat that they read to.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { Contender, type Mark } from './contender.ts';
import { Database, newPassword } from './database.ts';
import type { Part, SceneEvidence } from './evidence.ts';
import { SECRETS } from './processes.ts';
import type { ContenderName } from './readers.ts';
import { printScene } from './timeline.ts';

const BEAT_MS = 50;

export class Stage {
  readonly database: Database;
  readonly password: string;
  /** Of every secret's first version. */
  readonly firstVersionId: string = randomUUID();
  readonly cache: Contender;
  readonly contenders: readonly Contender[];
  readonly scenes: SceneEvidence[] = [];
  readonly #startedAtMs = performance.now();
  readonly #underWay: Promise<void>[] = [];
  #mistakes: unknown[] = [];

  private constructor(database: Database, password: string, cache: Contender, others: readonly Contender[]) {
    this.database = database;
    this.password = password;
    this.cache = cache;
    this.contenders = [cache, ...others];
  }

  static async open(endpoint: string | undefined): Promise<Stage> {
    const password = newPassword();
    const database = new Database(password);
    const cache = await Contender.open('secretsmanager-cache', endpoint, database);
    const ttl = await Contender.open('plain TTL cache', endpoint, database);
    const none = await Contender.open('no cache', endpoint, database);
    return new Stage(database, password, cache, [ttl, none]);
  }

  async createSecrets(): Promise<void> {
    const values = new Map(SECRETS.map((name) => [name, name === 'db' ? this.password : newPassword()]));
    for (const { account } of this.contenders) await account.create(values, this.firstVersionId);
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  /** Plays a scene until all its reads are answered, keeps what the logs say of it, and prints that. */
  async scene(name: string, play: () => Promise<void> | void): Promise<void> {
    const marks = this.contenders.map((contender): [Contender, Mark] => [contender, contender.mark()]);
    await play();
    await this.settle();
    const parts = Object.fromEntries(
      marks.map(([contender, mark]) => [contender.name, contender.since(mark)]),
    ) as Record<ContenderName, Part>;
    const evidence = { scene: name, parts };
    this.scenes.push(evidence);
    printScene(evidence);
  }

  /** Lets every contender do the same at the same time, without waiting for it. */
  everyone(act: (contender: Contender) => readonly Promise<unknown>[]): void {
    for (const contender of this.contenders) {
      for (const work of act(contender)) this.#underWay.push(this.#watch(contender, work));
    }
  }

  /** So many beats of an invocation and a request. */
  async beats(times: number): Promise<void> {
    for (let beat = 0; beat < times; beat += 1) {
      this.everyone(({ lambda, server }) => [lambda.invoke(), server.request()]);
      await delay(BEAT_MS);
    }
  }

  /** Waits for all that is under way. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay.splice(0));
    if (this.#mistakes.length > 0) throw new AggregateError(this.#mistakes, 'the demo itself went wrong');
  }

  async close(): Promise<void> {
    const results = await Promise.allSettled(this.contenders.map((contender) => contender.close()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** A failed read is in the journal, and part of the story. */
  async #watch({ journal }: Contender, work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!journal.has(error)) this.#mistakes.push(error);
    }
  }
}
