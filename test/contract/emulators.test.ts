// One set of cases on every emulator at hand. A known departure of moto is asserted as it is, so that it shows when
// moto is mended.

import { afterAll, describe, expect, inject, test } from 'vitest';

import { CASES } from './cases.ts';
import { startEmulators, type EmulatorName } from './emulator.ts';
import { Probe } from './probe.ts';

const NAMES: readonly EmulatorName[] = ['LocalSecretsManager', 'moto'];
const emulators = await startEmulators(inject('motoUrl'));

const running = emulators.map(({ name }) => name);
const absent = NAMES.filter((name) => !running.includes(name));
const skipped = absent.length === 0 ? '' : `; skipped, not on the PATH: ${absent.join(' and ')}`;
console.info(`emulator contract: ran on ${running.join(' and ')}${skipped}`);

afterAll(async () => {
  for (const emulator of emulators) await emulator.close();
});

describe.each(NAMES)('%s', (name) => {
  const emulator = emulators.find((candidate) => candidate.name === name);

  test.skipIf(emulator === undefined).each(CASES)('$title', async ({ observe, expected, ...departures }) => {
    if (emulator === undefined) return;
    const probe = new Probe(emulator);
    const departs = name === 'moto' && 'moto' in departures;
    const observed = await observe(probe).finally(() => probe.destroy());
    expect(observed).toEqual(departs ? departures.moto : expected);
  });
});

test.each(CASES.filter((one) => 'moto' in one))('a marked departure is one: $title', ({ moto, expected }) => {
  expect(moto).not.toEqual(expected);
});
