/** Whether what was measured explains that a peer makes fewer calls. */

import { describe, expect, test } from 'vitest';

import { costText, totalOf, type Cost } from '../../bench/calls/cost.ts';
import { byReason, whereFewer, type Bill, type Fewer, type OwnBills } from '../../bench/calls/fewer.ts';

const ROTATED = 'after a rotation';
const OUTAGE = 'service down';

function cost(describes: number, reads: number, seen = 'values'): Cost {
  return { describes, reads, batches: 0, seen };
}

const own: OwnBills = {
  defaults: { name: 'ours', costs: { [ROTATED]: cost(1, 1), [OUTAGE]: cost(1, 0) } },
  others: [{ name: 'ours, by reading', costs: { [ROTATED]: cost(0, 1), [OUTAGE]: cost(0, 1) } }],
  rotated: ROTATED,
};

function compared(costs: Bill['costs']): Fewer[] {
  return whereFewer(own, [{ name: 'peer', costs }]);
}

describe('a peer with fewer calls', () => {
  test('as many calls are no fewer', () => {
    expect(compared({ [ROTATED]: cost(1, 1), [OUTAGE]: cost(0, 1) })).toEqual([]);
  });

  test('one that answers with the old value after a rotation does not look', () => {
    const [first, second] = compared({ [ROTATED]: cost(0, 0, 'the old value'), [OUTAGE]: cost(0, 0) });
    expect(first?.why).toContain('does not look');
    expect(second?.why).toContain('does not look');
  });

  test('one whose callers saw something else is explained by that', () => {
    const [only] = compared({ [ROTATED]: cost(1, 1), [OUTAGE]: cost(0, 0, 'errors') });
    expect(only?.why).toBe('its callers saw errors');
  });

  test('one with a policy that this cache has too is explained by that policy', () => {
    const [only] = compared({ [ROTATED]: cost(0, 1) });
    expect(only?.why).toContain('`ours, by reading`');
  });

  test('a policy of this cache whose callers see something else explains nothing', () => {
    const failing = { name: 'ours, failing', costs: { [OUTAGE]: cost(0, 0, 'errors') } };
    const [only] = whereFewer({ ...own, others: [failing] }, [
      { name: 'peer', costs: { [ROTATED]: cost(1, 1), [OUTAGE]: cost(0, 0) } },
    ]);
    expect(only).toMatchObject({ situation: OUTAGE, why: undefined });
  });

  test('one that is simply better is not explained', () => {
    const [only] = compared({ [ROTATED]: cost(0, 1), [OUTAGE]: cost(0, 0) }).filter(
      ({ situation }) => situation === OUTAGE,
    );
    expect(only).toMatchObject({ peer: 'peer', why: undefined });
    expect(byReason(only === undefined ? [] : [only])).toEqual([
      { peer: 'peer', why: 'UNEXPLAINED', where: 'service down (no call to 1 D)' },
    ]);
  });
});

test('a cost says what the callers saw only where it was not the right values', () => {
  expect(costText({ describes: 1, reads: 2, batches: 3, seen: 'values' })).toBe('1 D + 2 G + 3 B');
  expect(costText(cost(0, 100, 'errors'))).toBe('100 G: errors');
  expect(costText(cost(0, 0, 'no way to ask'))).toBe('no way to ask');
  expect(totalOf({ describes: 1, reads: 2, batches: 3, seen: 'values' })).toBe(6);
});
