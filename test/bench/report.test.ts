/** The reports, from a run that is made up: what they say, and that they say it of any text. */

import { describe, expect, test } from 'vitest';

import { progressLine } from '../../bench/progress.ts';
import { atLeast, atMost } from '../../bench/question.ts';
import { toHtml } from '../../bench/report/html.ts';
import { toMarkdown } from '../../bench/report/markdown.ts';
import { readable, readableDuration } from '../../bench/report/numbers.ts';
import { besides, colourOf } from '../../bench/report/palette.ts';
import { HOSTILE, sampleRun } from './sample-run.ts';

const SVG = '<svg data-drawn="yes"></svg>';
const html = toHtml(sampleRun, () => [{ title: undefined, svg: SVG }], 'body { color: black }\n');
const markdown = toMarkdown(sampleRun);

describe('a target', () => {
  test('its limit itself meets it', () => {
    expect(atMost('a', 1.5, 1.5).ok).toBe(true);
    expect(atLeast('a', 3, 3).ok).toBe(true);
  });

  test('just beyond its limit it is missed', () => {
    expect(atMost('a', 1.501, 1.5).ok).toBe(false);
    expect(atLeast('a', 2.999, 3).ok).toBe(false);
  });

  test.each([Number.NaN, Infinity])('%s is a broken measurement, not a missed target', (value) => {
    expect(() => atMost('a', value, 1)).toThrow('no number for "a"');
    expect(() => atLeast('a', value, 1)).toThrow('no number for "a"');
  });
});

describe('numbers', () => {
  test.each([
    [0.012345, '0.0123'],
    [1.5, '1.5'],
    [99.96, '100'],
    [12_345.6, '12,346'],
    [0, '0'],
  ])('%d reads as %s', (value, text) => {
    expect(readable(value)).toBe(text);
  });

  test('a column may want the same decimals of all', () => {
    expect([2, 3.25].map((value) => readable(value, 1))).toEqual(['2.0', '3.3']);
  });

  test('durations are in minutes and seconds', () => {
    expect([59_400, 61_000].map(readableDuration)).toEqual(['59 s', '1 min 1 s']);
  });
});

describe('the Markdown', () => {
  test('it says of each target what came out, and how many were met', () => {
    expect(markdown).toContain('## 1 of 2 targets met');
    expect(markdown).toContain('| hit | a hit, beside an LRU | 1.2x | at most 1.5x | met |');
    expect(markdown).toContain('| hit | sooner than the other | 2.5x | at least 3x | MISSED |');
  });

  test('rows of this cache stand out, and cells keep their columns', () => {
    expect(markdown).toContain('| **this cache** | 90 | 2.0 |');
    expect(markdown).toContain(`| a \\| b | 0.0123 | 3.3 |`);
  });

  test('it says where and when', () => {
    expect(markdown).toContain('2026-11-23 04:05 UTC, in 2 min 3 s; commit abc1234; Node.js v20.20.2');
  });
});

describe('the HTML', () => {
  test('it has a section for each question, with its plots', () => {
    expect(html).toContain('<section id="hit">');
    expect(html.split(SVG)).toHaveLength(sampleRun.answers.flatMap(({ answer }) => answer.plots).length + 1);
  });

  test('text is text, whatever is in it', () => {
    expect(html).not.toContain('<script');
    expect(html.split('&lt;script&gt;alert(&quot;1 &amp; 2&quot;)')).toHaveLength(3);
    expect(HOSTILE).toContain('<script>');
  });

  test('code in a name is code', () => {
    const [first] = sampleRun.answers;
    if (first === undefined) throw new Error('the sample has an answer');
    const named = { ...sampleRun, answers: [{ ...first, title: 'What of `maxEntries`?' }] };
    expect(toHtml(named, () => [], '')).toContain('<h2>What of <code>maxEntries</code>?</h2>');
  });

  test('it needs nothing from anywhere else', () => {
    expect(html).not.toMatch(/\b(?:src|href)="(?!#)/u);
    expect(html).not.toMatch(/@import|url\(/u);
  });

  test('a missed target is marked as one', () => {
    expect(html).toMatch(/<tr class="missed">.*sooner than the other.*MISSED/u);
    expect(html).toMatch(/<tr class="met">.*beside an LRU.*met/u);
  });
});

describe('labels at the ends of curves', () => {
  test('where there is room they stay', () => {
    expect(besides([10, 100, 55])).toEqual([10, 100, 55]);
  });

  test('where there is none they part, in their order, around where they were', () => {
    const moved = besides([100, 101, 99]);
    expect(moved[2]).toBeLessThan((moved[0] ?? 0) - 14);
    expect(moved[1]).toBeGreaterThan((moved[0] ?? 0) + 14);
    expect(moved[0]).toBeCloseTo(100);
  });

  test('none leaves the plot, and the next ones make room', () => {
    const moved = besides([10, 10, 10, 50], 10, 100);
    expect(moved).toEqual([10, 25, 40, 55]);
    expect(besides([99, 100], 0, 100)).toEqual([85, 100]);
  });

  test('one that is pushed onto the next pushes that one too', () => {
    const moved = besides([100, 100, 110]).toSorted((one, other) => one - other);
    expect(Math.min(...moved.slice(1).map((place, nth) => place - (moved[nth] ?? 0)))).toBeGreaterThanOrEqual(
      15,
    );
  });
});

test('this cache has a colour that no other has', () => {
  const own = [0, 1, 2, 3].map((rank) => colourOf('ours', rank));
  const others = Array.from({ length: 20 }, (_, rank) => [
    colourOf('peer', rank),
    colourOf('control', rank),
  ]).flat();
  expect(new Set(own).size).toBe(own.length);
  expect(others.filter((colour) => [...own, colourOf('ours')].includes(colour))).toEqual([]);
});

test('progress shows how much is done, and never more than all', () => {
  expect(progressLine('hit', 'Powertools', 0.5, 12_345)).toBe(
    'hit       [############............]   12 s  Powertools',
  );
  expect(progressLine('hit', 'over', 1.7, 0)).toContain(`[${'#'.repeat(24)}]`);
});
