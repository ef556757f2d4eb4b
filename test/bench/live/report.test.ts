/**
 * The report in a real browser: nothing is fetched, nothing is cut off, this cache stands out.
 *
 * Needs Debian's `chromium` (or another by `CHROMIUM=/path`) and `npm --prefix bench ci`, and says so where they are missing.
 */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { htmlOf } from '../../../bench/report/write.ts';
import { CURVES, sampleRun } from '../sample-run.ts';

/** What is used of playwright-core, which only bench/package.json installs. */
interface Playwright {
  readonly chromium: {
    launchPersistentContext(directory: string, options: object): Promise<BrowserContext>;
  };
}
interface BrowserContext {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}
interface Page {
  on(event: 'request', listener: (request: { url(): string }) => void): void;
  on(event: 'console', listener: (message: { text(): string }) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  goto(url: string): Promise<unknown>;
  evaluate<Result>(script: string): Promise<Result>;
}

const BENCH = join(import.meta.dirname, '../../../bench');
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const browser = pathOfChromium();
const installed = existsSync(join(BENCH, 'node_modules/playwright-core'));
const missing = [
  ...(browser === undefined ? ['chromium'] : []),
  ...(installed ? [] : ['npm --prefix bench ci']),
];
if (missing.length > 0) console.log(`SKIPPED: the report in a browser needs ${missing.join(' and ')}`);

describe.skipIf(missing.length > 0)('the report in Chromium', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-report-'));
  const file = join(directory, 'report.html');
  const requests: string[] = [];
  const complaints: string[] = [];
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    writeFileSync(file, await htmlOf(sampleRun));
    const { chromium } = createRequire(join(BENCH, 'index.ts'))('playwright-core') as Playwright;
    const options = { executablePath: browser, args: FLAGS, viewport: { width: 1_100, height: 900 } };
    context = await chromium.launchPersistentContext(join(directory, 'profile'), options);
    page = await context.newPage();
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(pathToFileURL(file).href);
  });

  afterAll(async () => {
    await context.close();
    rmSync(directory, { recursive: true });
  });

  test('it fetches nothing, and nothing complains', () => {
    expect(requests).toEqual([pathToFileURL(file).href]);
    expect(complaints).toEqual([]);
  });

  test('every plot is drawn, a panel each', async () => {
    // Two panels of bars, one of dots, one of curves.
    expect(await page.evaluate('document.querySelectorAll("figure svg").length')).toBe(4);
    const heights = await page.evaluate<number[]>(
      '[...document.querySelectorAll("figure svg")].map((svg) => svg.getBoundingClientRect().height)',
    );
    expect(Math.min(...heights)).toBeGreaterThan(80);
  });

  test('no text of a plot is cut off', async () => {
    const cut = await page.evaluate<string[]>(`
      [...document.querySelectorAll('figure svg')].flatMap((svg) => {
        const frame = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter((text) => {
          const box = text.getBoundingClientRect();
          return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
        }).map((text) => text.textContent);
      })`);
    expect(cut).toEqual([]);
  });

  test('no two labels at the ends of curves lie on each other', async () => {
    const boxes = await page.evaluate<{ top: number; bottom: number }[]>(`
      [...document.querySelectorAll('figure:last-of-type svg text')]
        .filter((text) => ${JSON.stringify(CURVES)}.includes(text.textContent))
        .map((text) => text.getBoundingClientRect()).map(({ top, bottom }) => ({ top, bottom }))`);
    const sorted = boxes.toSorted((one, other) => one.top - other.top);
    expect(sorted).toHaveLength(CURVES.length);
    for (const [nth, { bottom }] of sorted.slice(0, -1).entries()) {
      expect(bottom).toBeLessThan((sorted[nth + 1]?.top ?? 0) + 4);
    }
  });

  test('axes say what they show, in which unit', async () => {
    const text = await page.evaluate<string>('document.querySelector("main").textContent');
    for (const label of ['nanoseconds (log scale)', 'milliseconds (log scale)', 'secrets (log scale)']) {
      expect(text).toContain(label);
    }
  });

  test('the page is no wider than the window, and dark on light', async () => {
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(28, 36, 48)');
  });
});

function pathOfChromium(): string | undefined {
  const given = process.env['CHROMIUM'];
  if (given !== undefined && given !== '') return given;
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return directories.map((each) => join(each, 'chromium')).find((file) => existsSync(file));
}
