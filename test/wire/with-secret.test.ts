// Credentials that are refused, over the real SDK and real sockets: a database that is rotated while callers log in.

import { setImmediate as turn } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { SecretCache, type Secret, type SecretCacheOptions } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';
import { SteppedTime } from '../support/stepped-time.ts';

const LONG_MS = 3_600_000;

interface Account {
  readonly username: string;
  readonly password: string;
}

/** Takes a user and a password, and refuses them in the words of PostgreSQL. */
class Database {
  readonly passwords = new Map<string, string>();
  readonly logins: Account[] = [];
  refused = 0;

  readonly login = async (secret: Secret): Promise<string> => {
    const { username, password } = secret.json<Account>();
    this.logins.push({ username, password });
    await turn();
    if (this.passwords.get(username) === password) return username;
    this.refused += 1;
    throw Object.assign(new Error(`password authentication failed for user "${username}"`), {
      code: '28P01',
    });
  };
}

let server: LocalSecretsManager;
let time: SteppedTime;
let database: Database;
const caches: SecretCache[] = [];

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  time = new SteppedTime();
  database = new Database();
});

afterEach(async () => {
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
  await server.close();
});

function makeCache(options: SecretCacheOptions = {}): SecretCache {
  // Real answers take real time, which doesn't pass here: what bounds them is the test's own timeout.
  const cache = new SecretCache({
    client: server.client(),
    ttlJitter: 0,
    attemptTimeoutMs: LONG_MS,
    waitBudgetMs: LONG_MS,
    runtime: time,
    ...options,
  });
  caches.push(cache);
  return cache;
}

const loginAs = (cache: SecretCache): Promise<string> =>
  cache.withSecret('prod/db', database.login, { deadlineMs: LONG_MS });

function seed(account: Account): void {
  server.createSecret({ name: 'prod/db', secretString: JSON.stringify(account) });
  database.passwords.set(account.username, account.password);
}

describe('a rotation with alternating users', () => {
  test('fails no login, always takes user and password from one version, and costs a read only when it is refused', async () => {
    const accounts = Array.from({ length: 6 }, (_, nth) => ({
      username: nth % 2 === 0 ? 'app' : 'app_clone',
      password: `password ${nth}`,
    }));
    const [first] = accounts;
    if (first === undefined) throw new Error('unreachable');
    seed(first);
    const cache = makeCache();
    expect(await loginAs(cache)).toBe('app');
    server.resetCalls();

    const readsAfter: number[] = [];
    for (const account of accounts.slice(1)) {
      // Forced reads are a second apart, and here no second passes by itself.
      time.step(10_000);
      const rotation = server.startRotation('prod/db').createSecret(JSON.stringify(account));
      await Promise.all([loginAs(cache), loginAs(cache)]);
      rotation.setSecret();
      database.passwords.set(account.username, account.password);
      // Between this and the move of the label, what is held may be refused only if it is two rotations old.
      rotation.testSecret().finishSecret();
      const users = await Promise.all(Array.from({ length: 50 }, () => loginAs(cache)));
      expect(new Set(users).size).toBe(1);
      readsAfter.push(server.count('GetSecretValue'));
    }

    expect(database.logins.every((login) => accounts.some((account) => isSame(account, login)))).toBe(true);
    // The version held outlives every other rotation: its user is the one that isn't changed.
    expect(readsAfter).toEqual([0, 1, 1, 2, 2]);
    // A refusal that comes while the read is out leaves one check to the next get.
    expect(server.count('DescribeSecret')).toBeLessThanOrEqual(2);
    expect(server.count()).toBeLessThanOrEqual(4);
  });
});

describe('a rotation of one user', () => {
  test('whose label moves after the database was changed is waited out by reads at least a second apart', async () => {
    seed({ username: 'app', password: 'old' });
    const cache = makeCache();
    await loginAs(cache);
    server.resetCalls();
    const rotation = server
      .startRotation('prod/db')
      .createSecret(JSON.stringify({ username: 'app', password: 'new' }))
      .setSecret();
    database.passwords.set('app', 'new');
    const gate = server.hold('GetSecretValue', { stateAt: 'release' });

    const login = loginAs(cache);
    const departures: number[] = [];
    for (let read = 0; read < 3; read += 1) {
      await time.stepUntil(() => gate.waiting > 0);
      departures.push(time.monotonicNowMs());
      if (read === 2) rotation.testSecret().finishSecret();
      gate.releaseOne();
      await turn();
    }

    expect(await login).toBe('app');
    const gaps = departures.slice(1).map((atMs, index) => atMs - (departures[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    expect(server.count()).toBe(3);
    expect(database.refused).toBe(1);
    expect(time.timers).toBe(0);
    gate.release();
  });

  test('under five hundred callers is one GetSecretValue', async () => {
    seed({ username: 'app', password: 'old' });
    const cache = makeCache();
    await loginAs(cache);
    server.resetCalls();
    server.putSecretValue('prod/db', { secretString: JSON.stringify({ username: 'app', password: 'new' }) });
    database.passwords.set('app', 'new');
    const users = await Promise.all(Array.from({ length: 500 }, () => loginAs(cache)));
    expect(users).toEqual(users.map(() => 'app'));
    expect([server.count('GetSecretValue'), server.count()]).toEqual([1, 1]);
  });

  test('whose new password a database replica does not know yet falls back to the previous version', async () => {
    seed({ username: 'app', password: 'old' });
    const cache = makeCache();
    server.putSecretValue('prod/db', { secretString: JSON.stringify({ username: 'app', password: 'new' }) });
    const options = { fallbackToPrevious: true, deadlineMs: 100 };
    expect(await cache.withSecret('prod/db', database.login, options)).toBe('app');
    expect(database.logins.map(({ password }) => password)).toEqual(['new', 'old']);
  });

  test('that is given up by its caller takes its call off the wire', async () => {
    seed({ username: 'app', password: 'old' });
    const cache = makeCache();
    await loginAs(cache);
    database.passwords.set('app', 'new');
    const gate = server.hold('GetSecretValue');
    const controller = new AbortController();
    const login = cache.withSecret('prod/db', database.login, { signal: controller.signal });
    await gate.arrived();
    controller.abort('left');
    await expect(login).rejects.toBe('left');
    while (gate.waiting > 0) await turn();
    expect(time.timers).toBe(0);
    gate.release();
  });
});

function isSame(one: Account, other: Account): boolean {
  return one.username === other.username && one.password === other.password;
}
