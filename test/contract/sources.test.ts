// One set of cases on every source, over every store that it reads from. A known departure of moto is asserted as it
// is, so that it shows when moto is mended.

import { describe, expect, inject, test } from 'vitest';

import { SOURCE_BATCHES } from './source-batches.ts';
import { SOURCE_CALLS } from './source-calls.ts';
import type { SourceCase } from './source-case.ts';
import { SOURCES, type Need, type SourceEntry, type StoreName } from './source-list.ts';
import { SOURCE_READS } from './source-reads.ts';

const CASES: readonly SourceCase[] = [...SOURCE_READS, ...SOURCE_BATCHES, ...SOURCE_CALLS];
const CONTROLLED: readonly StoreName[] = ['LocalSecretsManager', 'agent'];
/** Stores over which some cases see something else. */
const DEPARTURES = ['moto', 'agent', 'outage'] as const satisfies readonly StoreName[];
const METHODS = ['describe', 'loadBatch', 'search', 'close'] as const;

const motoUrl = inject('motoUrl');
const pairs = SOURCES.flatMap((source) =>
  Object.entries(source.beds).map(([store, open]) => {
    const isAbsent = store === 'moto' && motoUrl === undefined;
    return { name: `${source.name} on ${store}`, source, store: store as StoreName, open, isAbsent };
  }),
);

const ran = pairs.filter(({ isAbsent }) => !isAbsent).map(({ name }) => name);
const skipped = pairs.some(({ isAbsent }) => isAbsent) ? '; skipped, not on the PATH: moto' : '';
console.info(`source contract: ran ${ran.join(', ')}${skipped}`);

// Titles go through %s, for $title would cut them short.
describe.each(pairs.map((pair) => [pair.name, pair] as const))('%s', (_, pair) => {
  const { source, store, open, isAbsent } = pair;
  const cases = CASES.filter(({ needs }) => isMet(source, store, needs));

  test.skipIf(isAbsent).each(cases.map((one) => [one.title, one] as const))('%s', async (_title, one) => {
    const bed = await open(motoUrl);
    try {
      expect(await one.observe(bed)).toEqual(expectedOver(store, one));
    } finally {
      await bed.close();
    }
  });

  test.skipIf(isAbsent)('it has the optional methods that it is listed with', async () => {
    const bed = await open(motoUrl);
    const present = METHODS.filter((method) => (bed.source[method] as unknown) !== undefined);
    await bed.close();
    expect(present).toEqual(METHODS.filter((method) => source.offers.includes(method)));
  });
});

test('every case is run on a source', () => {
  const unused = CASES.filter(({ needs }) => !pairs.some(({ source, store }) => isMet(source, store, needs)));
  expect(unused.map(({ title }) => title)).toEqual([]);
});

const marked = CASES.flatMap((one) =>
  DEPARTURES.filter((name) => name in one).map((name) => [`${one.title}, ${name}`, one, name] as const),
);
test.each(marked)('a marked departure is one: %s', (_, one, name) => {
  expect(one[name]).not.toEqual(one.expected);
});

function expectedOver(store: StoreName, one: SourceCase): unknown {
  const departure = DEPARTURES.find((name) => name === store && name in one);
  return departure === undefined ? one.expected : one[departure];
}

function isMet({ offers }: SourceEntry, store: StoreName, needs: readonly Need[] = []): boolean {
  return needs.every((need) => (need === 'control' ? CONTROLLED.includes(store) : offers.includes(need)));
}
