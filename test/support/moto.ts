// Starts moto, an independent Secrets Manager emulator, on a free loopback port for as long as the tests run.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where moto listens; undefined when `moto_server` isn't on the PATH. */
    motoUrl: string | undefined;
  }
}

const READY_WITHIN_MS = 20_000;
const POLL_MS = 25;

/** vitest's globalSetup: gives the tests `inject('motoUrl')` and stops moto after the last of them. */
export default async function startMoto(project: TestProject): Promise<() => Promise<void>> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const ready = await isReady(child, url);
  project.provide('motoUrl', ready ? url : undefined);
  return () => stop(child);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isReady(child: ChildProcess, url: string): Promise<boolean> {
  const over = new AbortController();
  // 'error' when it isn't installed, 'exit' when it can't run.
  child.once('error', () => over.abort()).once('exit', () => over.abort());
  for (let waitedMs = 0; waitedMs < READY_WITHIN_MS && !over.signal.aborted; waitedMs += POLL_MS) {
    try {
      const answer = await fetch(`${url}/moto-api/data.json`, { signal: over.signal });
      if (answer.ok) return true;
    } catch {
      // Not listening yet.
    }
    await delay(POLL_MS, undefined, { signal: over.signal }).catch(() => undefined);
  }
  return false;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
