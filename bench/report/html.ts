/** A run as one HTML file that needs nothing else: no script, no network, its plots inside. */

import type { Row, Table } from '../question.ts';
import type { Answered, Run } from '../run.ts';
import { readable, readableDuration } from './numbers.ts';
import type { Draw } from './plots.ts';
import { circumstancesOf, scoreOf, targetOf, TITLE, valueOf, verdictOf, versionsOf } from './words.ts';

const LONGEST_SHORT = 16;

export function toHtml(run: Run, draw: Draw, css: string): string {
  const { answers } = run;
  const links = answers.map(({ name }) => `<a href="#${name}">${escape(name)}</a>`).join(' ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLE}: secretsmanager-cache</title>
<style>
${css}</style>
</head>
<body>
<header>
<h1>${TITLE}</h1>
<p>secretsmanager-cache beside the other ways to read AWS Secrets Manager from Node.js. ${escape(circumstancesOf(run))}</p>
<nav>${links}</nav>
</header>
<main>
<section id="targets">
<h2>${escape(scoreOf(run))}</h2>
${targets(run)}
<p class="key"><span class="ours"></span>this cache <span class="peer"></span>other libraries <span class="control"></span>controls</p>
</section>
${answers.map((answered) => section(answered, draw)).join('\n')}
</main>
<footer><p>${escape(versionsOf(run.machine))}.</p></footer>
</body>
</html>
`;
}

function targets({ answers }: Run): string {
  const rows = answers.flatMap(({ name, answer }) =>
    answer.bars.map(
      (bar) =>
        `<tr class="${bar.ok ? 'met' : 'missed'}"><td><a href="#${name}">${escape(name)}</a></td>` +
        `<td>${prose(bar.name)}</td><td class="number">${escape(valueOf(bar))}</td>` +
        `<td class="number">${escape(targetOf(bar))}</td><td class="verdict">${verdictOf(bar)}</td></tr>`,
    ),
  );
  const heads = '<th>question</th><th>target</th><th>this run</th><th>wanted</th><th></th>';
  return scrolling(`<thead><tr>${heads}</tr></thead><tbody>${rows.join('\n')}</tbody>`);
}

function section({ name, title, tookMs, answer }: Answered, draw: Draw): string {
  const findings = answer.findings.map((finding) => `<li>${prose(finding)}</li>`).join('\n');
  return `<section id="${name}">
<h2>${prose(title)}</h2>
<ul class="findings">
${findings}
</ul>
${answer.plots.map((plot) => figure(draw, plot)).join('\n')}
${answer.tables.map(tableOf).join('\n')}
<p class="method">${prose(answer.method)} Took ${readableDuration(tookMs)}.</p>
</section>`;
}

function figure(draw: Draw, plot: Parameters<Draw>[0]): string {
  const panels = draw(plot).map(({ title, svg }) =>
    title === undefined ? svg : `<h4>${escape(title)}</h4>\n${svg}`,
  );
  return `<figure><figcaption>${prose(plot.title)}</figcaption>\n${panels.join('\n')}</figure>`;
}

function tableOf({ title, columns, rows, note }: Table): string {
  const heads = columns.map(({ name }) => `<th>${prose(name)}</th>`).join('');
  const body = rows.map((row) => rowOf(row, columns)).join('\n');
  const table = scrolling(`<thead><tr>${heads}</tr></thead><tbody>\n${body}\n</tbody>`);
  return `<h3>${prose(title)}</h3>\n${table}${note === undefined ? '' : `\n<p class="note">${prose(note)}</p>`}`;
}

function rowOf({ role, cells }: Row, columns: Table['columns']): string {
  const shown = cells.map((cell, nth) =>
    typeof cell === 'number'
      ? `<td class="number">${readable(cell, columns[nth]?.decimals)}</td>`
      : `<td${isShort(cell) ? ' class="short"' : ''}>${prose(cell ?? '')}</td>`,
  );
  return `<tr class="${role}">${shown.join('')}</tr>`;
}

/** What would only be harder to read on two lines. */
function isShort(cell: string | null): boolean {
  return (cell ?? '').length <= LONGEST_SHORT;
}

/** A wide table scrolls by itself and leaves the page in place. */
function scrolling(inside: string): string {
  return `<div class="scroll" tabindex="0"><table>${inside}</table></div>`;
}

/** Escaped, with `code` as in Markdown. */
function prose(text: string): string {
  return escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
