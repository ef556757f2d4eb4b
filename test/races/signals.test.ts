/** Signals that live long, are shared by many, or were aborted before anything began. */

import { expect, test } from 'vitest';

import { outcomeOf } from '../support/outcome.ts';
import { setup } from '../support/setup.ts';

/** As PostgreSQL's driver refuses a password. */
function refused(): never {
  throw Object.assign(new Error('password authentication failed'), { code: '28P01' });
}

test('watch with a signal that was aborted beforehand is over at once', async () => {
  const { cache, runtime } = setup();
  const watch = cache.watch('a', { signal: AbortSignal.abort('left') });
  expect(await runtime.run(watch.next())).toEqual({ done: true, value: undefined });
});

test('twelve watches may share one signal: it ends them all, and Node sees no leak in its listeners', async () => {
  const { cache, runtime } = setup();
  const controller = new AbortController();
  const watches = Array.from({ length: 12 }, () => cache.watch('a', { signal: controller.signal }));
  await runtime.run(Promise.all(watches.map((watch) => watch.next())));
  const outcomes = watches.map((watch) => outcomeOf(watch.next()));
  controller.abort('left');
  await runtime.settle();
  expect(outcomes.map(({ value }) => value?.done)).toEqual(outcomes.map(() => true));
});

test('twelve refused uses may share one signal, and Node sees no leak in its listeners', async () => {
  const { cache, runtime } = setup();
  const controller = new AbortController();
  const outcomes = Array.from({ length: 12 }, () =>
    outcomeOf(cache.withSecret('a', refused, { signal: controller.signal })),
  );
  await runtime.advance(500);
  controller.abort('left');
  await runtime.settle();
  expect(outcomes.map(({ error }) => error)).toEqual(outcomes.map(() => 'left'));
});
