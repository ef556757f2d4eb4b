/** The same few events, one of them some promises later each time: nothing may fall between two steps of an answer. */

import { describe, expect, test } from 'vitest';

import type { TimerHandle } from '../../src/index.ts';
import { ModelService } from '../support/model-service.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import { setup, TTL_MS } from '../support/setup.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

/** Runs `run` after so many turns of the microtask queue. */
async function after(microtasks: number, run: () => void): Promise<void> {
  for (let at = 0; at < microtasks; at += 1) await Promise.resolve();
  run();
}

/** Tells when a timer of the library has just fired, in the same turn. */
class WakingRuntime extends VirtualRuntime {
  onTimer: () => void = () => {};

  override setTimeout(run: () => void, delayMs: number): TimerHandle {
    const wake = (): void => {
      run();
      this.onTimer();
    };
    return super.setTimeout(wake, delayMs);
  }
}

const OFFSETS = Array.from({ length: 60 }, (_, at) => at);

describe('while an answer is being taken in', () => {
  test('invalidate by another id of the secret leaves nothing of it behind', async () => {
    const left: number[] = [];
    for (const offset of OFFSETS) {
      const { cache, service, runtime, read } = setup();
      const arn = service.arnOf('a');
      await read(arn);
      const hold = service.hold({ secretId: 'a' });
      const before = outcomeOf(cache.get('a'));
      await runtime.settle();
      service.put('a', 'a v2');
      hold.lift();
      await after(offset, () => cache.invalidate(arn));
      await runtime.settle();
      expect(before.value?.text()).toBe('a v1');
      if (cache.peek('a') !== undefined || cache.peek(arn) !== undefined) left.push(offset);
    }
    expect(left).toEqual([]);
  });

  test.each(['invalidate', 'clear', 'close'] as const)('%s leaves nothing of it behind', async (how) => {
    const left: number[] = [];
    for (const offset of OFFSETS) {
      const { cache, service, runtime } = setup({ secrets: ['a', 'b'] });
      const hold = service.hold();
      const gets = ['a', 'b'].map((id) => outcomeOf(cache.get(id)));
      await runtime.settle();
      hold.lift();
      await after(offset, () => {
        if (how === 'invalidate') cache.invalidate('a');
        else if (how === 'clear') cache.clear();
        else void cache.close();
      });
      await runtime.settle();
      expect(gets.map(({ state }) => state)).not.toContain('pending');
      if (cache.peek('a') !== undefined) left.push(offset);
    }
    expect(left).toEqual([]);
  });

  test('a get begun after refresh was called is answered by that refresh or a later call', async () => {
    const wrong: number[] = [];
    for (const offset of OFFSETS) {
      const { cache, service, runtime, read } = setup();
      await read('a');
      await runtime.advance(TTL_MS);
      const hold = service.hold({ op: 'D' });
      const check = outcomeOf(cache.get('a'));
      await runtime.settle();
      service.put('a', 'a v2');
      hold.lift();
      const later: (() => string | undefined)[] = [];
      await after(offset, () => {
        const refreshed = outcomeOf(cache.refresh('a'));
        const get = outcomeOf(cache.get('a'));
        later.push(
          () => refreshed.value?.text(),
          () => get.value?.text(),
        );
      });
      await runtime.settle();
      expect(check.state).toBe('fulfilled');
      if (later.some((text) => text() !== 'a v2')) wrong.push(offset);
    }
    expect(wrong).toEqual([]);
  });

  test('the last caller may leave at any moment: the next get is answered', async () => {
    const wrong: (number | string)[] = [];
    for (const offset of OFFSETS) {
      const { cache, service, runtime, read } = setup();
      await read('a');
      service.put('a', 'a v2');
      await runtime.advance(TTL_MS);
      const hold = service.hold({ op: 'D' });
      const controller = new AbortController();
      const first = outcomeOf(cache.get('a', { signal: controller.signal }));
      await runtime.settle();
      hold.lift();
      const next: (() => string)[] = [];
      await after(offset, () => {
        controller.abort('left');
        const get = outcomeOf(cache.get('a'));
        next.push(() => get.value?.text() ?? codeOf(get));
      });
      await runtime.settle();
      expect(first.state).not.toBe('pending');
      for (const text of next) if (text() !== 'a v2') wrong.push(offset, text());
    }
    expect(wrong).toEqual([]);
  });

  test('a plain refresh that joins a forced one at the end of its wait still makes its call', async () => {
    const wrong: number[] = [];
    for (const offset of OFFSETS.slice(0, 20)) {
      const runtime = new WakingRuntime();
      const service = new ModelService(runtime);
      service.create('a', 'a v1');
      const { cache, read } = setup({ world: { service, runtime } });
      await read('a');
      const rejectedVersionId = service.versionOf('a');
      await runtime.run(cache.refresh('a', { rejectedVersionId }));
      const forced = outcomeOf(cache.refresh('a', { rejectedVersionId }));
      await runtime.settle();
      // Another version turns up by a read of another label, and a third one that only a call can tell of.
      service.put('a', 'a v2');
      service.moveLabel('a', 'blue', service.versionOf('a'));
      await read('a', { versionStage: 'blue' });
      service.put('a', 'a v3');
      const plain: (() => string | undefined)[] = [];
      runtime.onTimer = () => {
        runtime.onTimer = () => {};
        void after(offset, () => {
          const outcome = outcomeOf(cache.refresh('a'));
          plain.push(() => outcome.value?.text());
        });
      };
      await runtime.advance(3_000);
      expect(forced.state).toBe('fulfilled');
      expect(plain.length).toBe(1);
      if (plain.some((text) => text() !== 'a v3')) wrong.push(offset);
    }
    expect(wrong).toEqual([]);
  });
});
