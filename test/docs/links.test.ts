// Every relative link of every Markdown file leads somewhere, to a file that is published with it and a heading that exists.

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import { describe, expect, test } from 'vitest';

import { anchorsOf, linksOf, markdownFiles, ROOT } from './documents.ts';

const files = markdownFiles();
const anchors = new Map(files.map(({ name, text }) => [name, anchorsOf(text)]));
const isOutside = (target: string): boolean => /^[a-z][a-z\d+.-]*:/i.test(target);

/** What is wrong with a link of `from`; `undefined` when nothing is. */
function fault(from: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#');
  const name = path === '' ? from : normalize(join(dirname(from), decodeURIComponent(path)));
  if (name.startsWith('..')) return 'leads out of the project';
  if (!existsSync(join(ROOT, name))) return 'leads nowhere';
  if (anchor === undefined) return undefined;
  const known = anchors.get(name);
  if (known === undefined) return 'has an anchor, and its file is no Markdown';
  return known.has(anchor) ? undefined : 'leads to a heading that is not there';
}

test('there is something to check', () => {
  const inside = files.flatMap(({ text }) => linksOf(text).filter(({ target }) => !isOutside(target)));
  expect(files.length).toBeGreaterThan(10);
  expect(inside.length).toBeGreaterThan(50);
});

test.each(files)('the links of $name lead somewhere', ({ name, text }) => {
  const faults = linksOf(text)
    .filter(({ target }) => !isOutside(target))
    .map(({ line, target }) => ({ line, target, why: fault(name, target) }))
    .filter(({ why }) => why !== undefined)
    .map(({ line, target, why }) => `${name}:${line}: ${target} ${why}`);
  expect(faults).toEqual([]);
});

test('docs/README.md leads to every page of docs/ and to every example', () => {
  const index = files.find(({ name }) => name === 'docs/README.md')?.text ?? '';
  const linked = linksOf(index).map(({ target }) => normalize(join('docs', target)));
  const wanted = [
    ...files.map(({ name }) => name).filter((name) => name.startsWith('docs/') && name !== 'docs/README.md'),
    ...readdirSync(join(ROOT, 'examples')).map((name) => `examples/${name}`),
  ];
  expect(wanted.filter((name) => !linked.includes(name))).toEqual([]);
});

describe('how links and headings are read', () => {
  test('links in code and in code blocks are none', () => {
    expect(linksOf('[a](b.md) `[c](d)`\n```sh\n[e](f)\n```\n![g](h.png "i")')).toEqual([
      { line: 1, target: 'b.md' },
      { line: 5, target: 'h.png' },
    ]);
  });

  test('headings have the anchors that GitHub gives them', () => {
    const text = '# The `API`: get(id)\n## ERR_A, `_B`\n## Same\n## Same\n```sh\n# no heading\n```';
    expect([...anchorsOf(text)]).toEqual(['the-api-getid', 'err_a-_b', 'same', 'same-1']);
  });

  test.each([
    { target: 'no-such.md', why: 'leads nowhere' },
    { target: '../package.json#x', why: 'has an anchor, and its file is no Markdown' },
    { target: 'iam.md#no-such-heading', why: 'leads to a heading that is not there' },
    { target: '../../elsewhere.md', why: 'leads out of the project' },
    { target: 'iam.md#the-policy', why: undefined },
  ])('$target of docs/README.md: $why', ({ target, why }) => {
    expect(fault('docs/README.md', target)).toBe(why);
  });
});
