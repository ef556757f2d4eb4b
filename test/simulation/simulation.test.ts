/** The simulator in `npm test`: some thousand seeds, and that they are not in vain. `docs/testing.md` has the long runs. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { AgentPlan } from './agents.ts';
import { addTo, type Coverage } from './coverage.ts';
import { loadLibrary, type Library } from './library.ts';
import { answersOf } from './metamorphic.ts';
import { MUTANTS } from './mutant-list.ts';
import { knownDefect, REGRESSIONS } from './regressions.ts';
import { report } from './report.ts';
import { runPlan, runSeed, type Result } from './simulate.ts';

const SEEDS = 2_000;
/** With a failover over several Regions, or an agent, between the caches and the service. */
const BETWEEN_SEEDS = 300;
const PAIRS = 200;
/** Past its TTL at once. */
const AGENT: AgentPlan = {
  kind: 'agent',
  ttlMs: 0,
  ignoresFailures: false,
  readsPerSecond: 10_000,
  hasBehind: false,
  behindAfterMs: 1_000,
  maxConnections: 10,
};

let library: Library;
const stackTraceLimit = Error.stackTraceLimit;

beforeAll(async () => {
  library = await loadLibrary();
  // Nobody reads the stacks of the errors in a run, and taking them is most of its time.
  Error.stackTraceLimit = 0;
});

afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

describe('the simulator', () => {
  test(`${SEEDS} seeds break no invariant, and much happens in them`, { timeout: 300_000 }, async () => {
    const coverage: Coverage = {};
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { violation, coverage: more } = await runSeed(library, seed);
      addTo(coverage, more);
      if (violation === undefined || knownDefect(violation) !== undefined) continue;
      expect.fail(await report(library, seed));
    }
    const happened = [
      'hits',
      'stale',
      'misses',
      'rotations',
      'evictions',
      'batch',
      'describe',
      'freezes',
      'clock steps',
      'calls: left',
      'calls: timeout',
      'calls: failure',
      'event suspect',
      'event revoked',
      'event batch-disabled',
      'event describe-disabled',
      'event stale-served',
    ];
    for (const name of happened) expect(coverage[name], name).toBeGreaterThan(10);
  });

  test.each([
    {
      between: 'regions' as const,
      what: 'several Regions',
      happened: ['event failover', 'replicas: answers', 'replicas: lagging', 'replicas: refusals'],
    },
    {
      between: 'agent' as const,
      what: 'a shared agent',
      happened: [
        'agent: kept answers',
        'agent: answers through it',
        'agent: behind asked',
        'agent: silent before behind',
        'agent: too slow',
        'agent: asked again',
        'agent: refused',
        'agent: pings',
        'agent: restarts',
        'agent: ERR_SECRET_CREDENTIALS',
        'agent: ERR_SECRET_ACCESS_DENIED',
        'agent: ERR_SECRET_MALFORMED_RESPONSE',
        'event suspect',
        'event rotated',
      ],
    },
  ])(
    `${BETWEEN_SEEDS} seeds with $what in between break none either`,
    { timeout: 300_000 },
    async ({ between, happened }) => {
      const coverage: Coverage = {};
      for (let seed = 1; seed <= BETWEEN_SEEDS; seed += 1) {
        const { violation, coverage: more } = await runSeed(library, seed, { between });
        addTo(coverage, more);
        if (violation === undefined) continue;
        expect.fail(await report(library, seed, { between }));
      }
      for (const name of happened) expect(coverage[name], name).toBeGreaterThan(10);
    },
  );

  test.each(['nothing', 'regions', 'agent'] as const)(
    'the same seed gives the same trace (I13), with %s in between',
    async (between) => {
      for (let seed = 1; seed <= 50; seed += 1) {
        const run = (): Promise<Result> => runSeed(library, seed, { between });
        const [first, second] = [await run(), await run()];
        expect(second.hash, `seed ${seed}`).toBe(first.hash);
        expect(second.steps).toBe(first.steps);
      }
    },
  );

  test('every deliberate bug still fits the sources', async () => {
    // How soon each is found is `mutants.ts`'s to tell.
    for (const { edits } of MUTANTS) await loadLibrary(edits);
    const misfit = { file: 'clock.ts', find: 'no such text', replace: '' };
    await expect(loadLibrary([misfit])).rejects.toThrow('fits 0 times, not once');
  });

  test.each(REGRESSIONS)('a run that once found that $what', async ({ plan, open }) => {
    const { violation } = await runPlan(library, plan);
    // Mended? Then `open` goes.
    expect(violation?.message ?? '').toMatch(open ?? /^$/);
  });
});

describe('callers get the same answers', () => {
  const seeds = Array.from({ length: PAIRS }, (_, index) => index + 1);

  test('with batches and without (I15)', { timeout: 60_000 }, async () => {
    for (const seed of seeds) {
      const without = await answersOf(library, seed, { batch: false });
      expect(await answersOf(library, seed, { batch: true }), `seed ${seed}`).toEqual(without);
    }
  });

  test(
    'through an agent and without, when every get checks and the agent looks',
    { timeout: 60_000 },
    async () => {
      const options = { ttlMs: 0, revalidate: 'fetch' } as const;
      for (const seed of seeds) {
        const direct = await answersOf(library, seed, options);
        expect(await answersOf(library, seed, options, AGENT), `seed ${seed}`).toEqual(direct);
      }
    },
  );

  test('with descriptions and without, when every get checks (I16)', { timeout: 60_000 }, async () => {
    for (const seed of seeds) {
      const fetched = await answersOf(library, seed, { ttlMs: 0, revalidate: 'fetch' });
      expect(await answersOf(library, seed, { ttlMs: 0, revalidate: 'describe' }), `seed ${seed}`).toEqual(
        fetched,
      );
    }
  });
});
