/** Progress on stderr while it runs: one line that is redrawn on a terminal, a line now and then elsewhere. */

import type { Progress } from './question.ts';

const BAR_WIDTH = 24;
/** Where lines can't be redrawn: at most one for each step of so much of the whole. */
const STEP = 0.1;

export function progressLine(name: string, what: string, share: number, tookMs: number): string {
  const done = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  const bar = '#'.repeat(done) + '.'.repeat(BAR_WIDTH - done);
  return `${name.padEnd(9)} [${bar}] ${String(Math.round(tookMs / 1_000)).padStart(4)} s  ${what}`;
}

export interface ProgressView {
  readonly show: Progress;
  /** The question is over: leaves its line. */
  end(what: string): void;
}

export function viewProgress(name: string, out: NodeJS.WriteStream = process.stderr): ProgressView {
  const startMs = performance.now();
  const write = (what: string, share: number, isLast: boolean): void => {
    const line = progressLine(name, what, share, performance.now() - startMs);
    if (!out.isTTY) out.write(`${line}\n`);
    else out.write(`\r\u001B[2K${line.slice(0, out.columns - 1)}${isLast ? '\n' : ''}`);
  };
  let nextShare = 0;
  return {
    show: (what, share) => {
      if (!out.isTTY && share < nextShare) return;
      nextShare = share + STEP;
      write(what, share, false);
    },
    end: (what) => write(what, 1, true),
  };
}
