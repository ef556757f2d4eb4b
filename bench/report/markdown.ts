/** A run as Markdown: bars, findings and tables, for reading in a diff or a terminal. */

import type { Row, Table } from '../question.ts';
import type { Answered, Run } from '../run.ts';
import { readable, readableDuration } from './numbers.ts';
import { circumstancesOf, scoreOf, targetOf, TITLE, valueOf, verdictOf, versionsOf } from './words.ts';

export function toMarkdown(run: Run): string {
  const parts = [
    `# ${TITLE}`,
    `Printed by \`npm run bench\`: ${circumstancesOf(run)}`,
    `${versionsOf(run.machine)}.`,
    `## ${scoreOf(run)}`,
    barsTable(run),
    ...run.answers.flatMap(section),
  ];
  return `${parts.join('\n\n')}\n`;
}

function barsTable({ answers }: Run): string {
  const rows = answers.flatMap(({ name, answer }) =>
    answer.bars.map((bar) => [name, bar.name, valueOf(bar), targetOf(bar), verdictOf(bar)]),
  );
  return grid(['question', 'target', 'this run', 'wanted', ''], rows);
}

function section({ name, title, tookMs, answer }: Answered): string[] {
  return [
    `## ${name}: ${title}`,
    answer.findings.map((finding) => `- ${finding}`).join('\n'),
    ...answer.tables.flatMap(tableParts),
    `*How: ${answer.method} Took ${readableDuration(tookMs)}.*`,
  ].filter((part) => part !== '');
}

function tableParts({ title, columns, rows, note }: Table): string[] {
  const table = grid(
    columns.map((column) => column.name),
    rows.map((row) => cellsOf(row, columns)),
  );
  return [`### ${title}`, table, ...(note === undefined ? [] : [note])];
}

function cellsOf({ role, cells }: Row, columns: Table['columns']): string[] {
  return cells.map((cell, nth) => {
    const text = typeof cell === 'number' ? readable(cell, columns[nth]?.decimals) : (cell ?? '');
    return nth === 0 && role === 'ours' ? `**${text}**` : text;
  });
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function grid(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
