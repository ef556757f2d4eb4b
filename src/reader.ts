/**
 * Reads a secret, or checks the one held: a DescribeSecret shows where its labels point, and only a version that
 * isn't held is read.
 */

import type { Calls } from './calls.ts';
import { quote, SecretCacheError } from './errors.ts';
import { publish } from './events.ts';
import { Flight } from './flight.ts';
import type { Flights } from './flights.ts';
import type { Policy } from './policy.ts';
import { CURRENT, holdersByStage, type SecretRecord, type Shown } from './record.ts';
import type { Ref } from './ref.ts';
import { Secret } from './secret.ts';
import { requireDescription, requireVersion } from './answers.ts';
import type { Load } from './source/batching-source.ts';
import type { SecretSource } from './source/secret-source.ts';
import type { HeldVersion } from './versions.ts';

/** How long a secret whose DescribeSecret was denied is read instead, before it is described again. */
const DESCRIBE_AGAIN_MS = 3_600_000;

type Describe = Required<SecretSource>['describe'];

export interface ReaderOptions {
  /** One call for each read. */
  readonly source: SecretSource;
  /** Its loads, those of AWSCURRENT gathered when they are concurrent. */
  readonly batched: Load;
  readonly calls: Calls;
  readonly flights: Flights;
  readonly policy: Policy;
  /** Called in the step in which a record has taken over an answer. */
  readonly onCommitted: (record: SecretRecord) => void;
  readonly revalidate: 'describe' | 'fetch';
}

export class Reader {
  readonly #options: ReaderOptions;
  #saidDescribeDenied = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Reads what isn't held; may share a batch with others. */
  load(record: SecretRecord, ref: Ref, flight: Flight<Secret>): Promise<Secret> {
    return this.#read(record, ref, flight, { load: this.#options.batched });
  }

  /** Reads in a call of its own. */
  refresh(record: SecretRecord, ref: Ref, flight: Flight<Secret>): Promise<Secret> {
    return this.#read(record, ref, flight);
  }

  /** Checks what is held. */
  async revalidate(record: SecretRecord, ref: Ref, flight: Flight<Secret>): Promise<Secret> {
    const describe = this.#describeFor(record);
    if (describe === undefined) return this.#read(record, ref, flight);
    let shown: Shown;
    try {
      shown = await this.#describe(describe, record, ref, flight);
    } catch (error) {
      // Denied is not throttled: a throttled check backs off, and never shifts its load onto GetSecretValue.
      if (!(error instanceof SecretCacheError) || error.code !== 'ERR_SECRET_ACCESS_DENIED') throw error;
      this.#noteDescribeDenied(record);
      return this.#read(record, ref, flight);
    }
    if (isAnother(record, shown)) {
      if (!this.#options.calls.isBelowFloor(shown.departure)) record.witness(shown.departure);
      return this.#read(record, ref, flight);
    }
    return this.#follow(record, ref, flight, shown);
  }

  /** The source's describe, if a description can settle what is held. */
  #describeFor(record: SecretRecord): Describe | undefined {
    const { source, policy, revalidate } = this.#options;
    // It can't see whether reading is still allowed, so it never clears a suspicion.
    if (revalidate === 'fetch' || record.suspect !== undefined || record.identity === undefined)
      return undefined;
    const { describeDeniedAt } = record;
    const isDenied =
      describeDeniedAt !== undefined && policy.clock.ageMs(describeDeniedAt) < DESCRIBE_AGAIN_MS;
    return isDenied ? undefined : source.describe?.bind(source);
  }

  #noteDescribeDenied(record: SecretRecord): void {
    record.describeDeniedAt = this.#options.policy.clock.now();
    if (this.#saidDescribeDenied) return;
    this.#saidDescribeDenied = true;
    publish('describe-disabled', { secretId: record.secretId });
  }

  /** One DescribeSecret for all refs of the record that are being checked. */
  async #describe(
    describe: Describe,
    record: SecretRecord,
    ref: Ref,
    flight: Flight<Secret>,
  ): Promise<Shown> {
    const { flights } = this.#options;
    const joined = record.describing;
    const mayJoin = joined !== undefined && flights.mayJoin(joined, ref.floor, flight.maxAgeMs);
    const describing = mayJoin ? joined : this.#launchDescribe(describe, record);
    describing.carry(flight);
    const outcome = await flights.wait(describing, { signal: flight.signal });
    if (outcome.kind === 'value') return outcome.value;
    throw outcome.kind === 'failed' ? outcome.error : new Error('unreachable: this wait has no limit');
  }

  #launchDescribe(describe: Describe, record: SecretRecord): Flight<Shown> {
    const { calls, flights, policy, onCommitted } = this.#options;
    const { secretId } = record;
    const flight = (record.describing = new Flight<Shown>());
    flights.start(record, flight, async () => {
      try {
        const made = await calls.make(flight, secretId, (call) => describe(secretId, call));
        const { answer: description, departure } = made;
        requireDescription(secretId, description);
        const shown = { description, departure };
        publish('revalidate', { secretId, durationMs: policy.clock.ageMs(departure.at) });
        if (!calls.isBelowFloor(departure) && !isAnother(record, shown)) record.commitDescription(shown);
        onCommitted(record);
        return shown;
      } finally {
        if (record.describing === flight) record.describing = undefined;
      }
    });
    return flight;
  }

  /** Answers by what a description showed; what can't be settled by it is read. */
  async #follow(record: SecretRecord, ref: Ref, flight: Flight<Secret>, shown: Shown): Promise<Secret> {
    const { description, departure } = shown;
    if (ref.held !== undefined && ref.heldSequence > departure.sequence) return ref.held.secret;
    const { versionStage, versionId } = ref;
    if (versionStage === undefined) {
      const held = this.#readable(record, versionId);
      return held?.secret ?? this.#read(record, ref, flight);
    }
    const holders = holdersByStage(description).get(versionStage) ?? [];
    const [holder] = holders;
    if (holder === undefined && versionId === undefined) {
      if (versionStage === CURRENT) return this.#standIn(record, ref, flight);
      throw noSuchLabel(record.secretId, versionStage);
    }
    // Two versions claim the label, or another than the caller named has it: a read decides.
    if (holder === undefined || holders.length > 1) return this.#read(record, ref, flight);
    if (versionId !== undefined && versionId !== holder) return this.#read(record, ref, flight);
    const held = this.#readable(record, holder);
    if (held !== undefined) return held.secret;
    try {
      return await this.#read(record, ref, flight, { versionId: holder });
    } catch (error) {
      // The replica that was read doesn't know yet what the one that was described does.
      if (isLag(error)) return this.#standIn(record, ref, flight, holder);
      throw error;
    }
  }

  /** A held version that need not be read again to prove the right to it. */
  #readable(record: SecretRecord, versionId: string | undefined): HeldVersion | undefined {
    const held = versionId === undefined ? undefined : record.version(versionId);
    return held === undefined || this.#options.policy.readIsDue(held.readAt) ? undefined : held;
  }

  /** What a label showed can't be read yet: keeps the held value, or takes what a read by label gives, and looks again soon. */
  async #standIn(
    record: SecretRecord,
    ref: Ref,
    flight: Flight<Secret>,
    expectedId?: string,
  ): Promise<Secret> {
    const { policy } = this.#options;
    if (ref.held !== undefined && policy.isServable(ref)) {
      // After a refresh that began meanwhile, only its own call may answer: no pause then.
      const sequence = flight.lastDeparture?.sequence ?? 0;
      const delayMs = policy.drawSoonMs();
      if (sequence > ref.floor && sequence >= ref.sequence) {
        ref.pause = { since: policy.clock.now(), delayMs, unservedDelayMs: 0, error: undefined };
      }
      return ref.held.secret;
    }
    const secret = await this.#read(record, ref, flight);
    if (secret.versionId !== expectedId) ref.ttlMs = Math.min(ref.ttlMs, policy.drawSoonMs());
    return secret;
  }

  /** Whether a source's own cache must not answer: what it holds may be from before a refresh, a denial, an invalidation or a push. */
  #mustBeFresh(record: SecretRecord, { held, superseded, isHinted }: Ref): boolean {
    const { calls, policy } = this.#options;
    if (record.suspect !== undefined || superseded || isHinted) return true;
    if (held !== undefined) return policy.readIsDue(held.readAt);
    // A record that knows its secret and holds nothing of it was emptied by a denial.
    return calls.isFloorRaised || (record.identity !== undefined && !record.holds);
  }

  async #read(
    record: SecretRecord,
    ref: Ref,
    flight: Flight<Secret>,
    {
      load = (asked, call) => this.#options.source.load(asked, call),
      versionId = ref.versionId,
    }: { load?: Load; versionId?: string | undefined } = {},
  ): Promise<Secret> {
    const { calls } = this.#options;
    const { secretId } = record;
    const wanted = { secretId, versionStage: ref.versionStage, versionId };
    const { answer, asked, ...sent } = await calls.make(
      flight,
      secretId,
      (call) => load(wanted, call),
      this.#mustBeFresh(record, ref),
    );
    requireVersion(secretId, answer);
    // Whether it must be fresh was settled then: what came between that and its leaving isn't served by it.
    const departure = answer.mayBeCached === true ? asked : sent.departure;
    const { versionId: readId, versionStages } = answer;
    const durationMs = this.#options.policy.clock.ageMs(sent.departure.at);
    publish('load', { secretId, versionId: readId, versionStages, durationMs });
    if (!calls.isBelowFloor(departure)) {
      record.commitVersion(ref, answer, departure);
      // In the same step: an invalidation by another id must find it.
      this.#options.onCommitted(record);
    }
    // Those who wait get the answer, kept or not; the object held, where it is the same version.
    const held = record.version(answer.versionId)?.secret;
    return held?.arn === answer.arn ? held : new Secret(answer);
  }
}

/** Whether a description is not of the living secret that is held: made again under its name, or marked for deletion. */
function isAnother({ identity }: SecretRecord, { description }: Shown): boolean {
  if (identity === undefined) return false;
  return description.deletedDate !== undefined || description.arn !== identity.arn;
}

/** AWS's words for a version that hasn't the label. Any other refused request is no lag. */
const MISMATCH = /VersionStage that is not associated/;

/** How a lagging replica refuses a version and label that belong together elsewhere (service: not found, or a mismatch). */
function isLag(error: unknown): boolean {
  if (!(error instanceof SecretCacheError)) return false;
  if (error.code === 'ERR_SECRET_NOT_FOUND') return true;
  return error.code === 'ERR_SECRET_INVALID_REQUEST' && MISMATCH.test(error.message);
}

function noSuchLabel(secretId: string, versionStage: string): SecretCacheError {
  return new SecretCacheError(
    'ERR_SECRET_NOT_FOUND',
    `No version of secret ${quote(secretId)} has the label ${quote(versionStage)} (any more).`,
    { secretId },
  );
}
