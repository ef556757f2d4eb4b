/** Flights alone, under every order in which fast-check's scheduler lets things happen. */

import { EventEmitter, once } from 'node:events';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Calls } from '../../src/calls.ts';
import { Clock } from '../../src/clock.ts';
import { Flight, type Outcome } from '../../src/flight.ts';
import { Flights } from '../../src/flights.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

const ATTEMPT_MS = 1_000;

function airport(): { runtime: VirtualRuntime; clock: Clock; calls: Calls; flights: Flights } {
  const runtime = new VirtualRuntime();
  const clock = new Clock(runtime);
  const options = { runtime, clock, attemptTimeoutMs: ATTEMPT_MS, waitBudgetMs: 5_000, announces: false };
  const calls = new Calls(options);
  const flights = new Flights({ ...options, calls, onLanded: () => {} });
  return { runtime, clock, calls, flights };
}

/** What each waiter of one flight is to do. */
const waiters = fc.array(fc.record({ aborts: fc.boolean() }), { minLength: 1, maxLength: 6 });

describe('a flight', () => {
  test('tells every waiter the same, but those who left, whatever comes first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), waiters, fc.boolean(), async (scheduler, plans, fails) => {
        const { runtime, clock, flights } = airport();
        const flight = new Flight<string>();
        const landed = scheduler.schedule(Promise.resolve('brought'), 'lands');
        flights.track(flight, async () => {
          const value = await landed;
          if (fails) throw new Error('crashed');
          return value;
        });
        const ends = plans.map(({ aborts }, index) => {
          const controller = new AbortController();
          const reason = new Error(`abort ${index}`);
          if (aborts)
            void scheduler.schedule(Promise.resolve(), 'aborts').then(() => controller.abort(reason));
          const wait = flight.wait(runtime, clock, { signal: controller.signal });
          return wait.then(
            (outcome: Outcome<string>) => outcome.kind,
            (error: unknown) => (error === reason ? 'own reason' : 'another reason'),
          );
        });
        await scheduler.waitFor(Promise.allSettled(ends));
        const told = await Promise.all(ends);
        for (const [index, how] of told.entries()) {
          const possible =
            plans[index]?.aborts === true ? ['own reason', 'value', 'failed'] : ['value', 'failed'];
          expect(possible).toContain(how);
        }
        const stayed = told.filter((how) => how !== 'own reason');
        expect(new Set(stayed).size).toBeLessThanOrEqual(1);
        // Aborted when the last one left before it landed, and only then.
        expect(flight.signal.aborted).toBe(stayed.length === 0);
      }),
      { numRuns: 500 },
    );
  });

  test('that was kept is not aborted by the last one to leave', async () => {
    const { runtime, clock, flights } = airport();
    const flight = new Flight<string>({ keep: true });
    flights.track(flight, () => new Promise(() => {}));
    const controller = new AbortController();
    const patient = flight.wait(runtime, clock, { signal: controller.signal });
    controller.abort(new Error('left'));
    await expect(patient).rejects.toThrow('left');
    expect(flights.mayJoin(flight, -1)).toBe(true);
  });

  test('left because a wait was over is not aborted by the last one to leave', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), async (limitMs) => {
        const { runtime, clock, flights } = airport();
        const flight = new Flight<string>();
        flights.track(flight, () => new Promise(() => {}));
        const controller = new AbortController();
        const patient = flight.wait(runtime, clock, { signal: controller.signal });
        const impatient = flight.wait(runtime, clock, { limitMs });
        expect(await runtime.runFor(impatient, limitMs)).toEqual({ kind: 'over' });
        controller.abort(new Error('left'));
        await expect(patient).rejects.toThrow('left');
        expect(flights.mayJoin(flight, -1)).toBe(true);
      }),
    );
  });
});

type Move = 'depart' | 'invalidate' | 'advance' | 'freeze' | 'leave' | 'land';

describe('joining', () => {
  const moves = fc.array(
    fc.constantFrom<Move>('depart', 'invalidate', 'advance', 'freeze', 'leave', 'land'),
    {
      maxLength: 12,
    },
  );

  test('is for flights that are under way, in time, and left after the last invalidation', async () => {
    await fc.assert(
      fc.asyncProperty(moves, async (steps) => {
        const { runtime, clock, calls, flights } = airport();
        const flight = new Flight<string>();
        const landing = new EventEmitter();
        const promise = once(landing, 'landed').then(() => 'brought');
        flights.track(flight, () => promise);
        const controller = new AbortController();
        const waiting = flight.wait(runtime, clock, { signal: controller.signal }).catch(() => {});
        const model = { ageMs: 0, isBelow: false, hasLeft: false, hasLanded: false, hasDeparted: false };
        for (const step of steps) {
          switch (step) {
            case 'depart':
              flight.departed(calls.depart());
              // The floor is about the first request of a flight, the deadline about the last.
              model.hasDeparted = true;
              model.ageMs = 0;
              break;
            case 'invalidate':
              calls.raiseFloor();
              model.isBelow ||= model.hasDeparted;
              break;
            case 'advance':
              await runtime.advance(400);
              model.ageMs += 400;
              break;
            case 'freeze':
              runtime.freeze(700, { monotonic: false });
              model.ageMs += 700;
              break;
            case 'leave':
              if (!model.hasLanded) model.hasLeft = true;
              controller.abort(new Error('left'));
              break;
            case 'land':
              if (!model.hasLeft) model.hasLanded = true;
              landing.emit('landed');
              await runtime.settle();
              break;
          }
        }
        const isInTime = !model.hasDeparted || model.ageMs <= ATTEMPT_MS;
        const expected = !model.hasLeft && !model.hasLanded && !model.isBelow && isInTime;
        expect(flights.mayJoin(flight, -1)).toBe(expected);
        controller.abort(new Error('over'));
        landing.emit('landed');
        await waiting;
      }),
      { numRuns: 500 },
    );
  });
});
