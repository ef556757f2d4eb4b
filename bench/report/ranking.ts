/** A ranking: horizontal bars from zero, or dots on a log scale, where a bar's length would mean nothing. */

import type { Ranking } from '../question.ts';
import type { Canvas } from './canvas.ts';
import { readable } from './numbers.ts';
import { colourOf, INK } from './palette.ts';
import { byPanel } from './panels.ts';
import type { Panel } from './plots.ts';

type Mark = Ranking['marks'][number];

const ROW_HEIGHT = 26;
const BELOW = 46;
/** Above the first row: room for the labels of the rules. */
const ABOVE = { plain: 10, ruled: 30 } as const;
/** Of a letter, on average; the width of text isn't known without a browser. */
const LETTER_WIDTH = 7.2;

export function drawRanking(canvas: Canvas, plot: Ranking): Panel[] {
  const { library } = canvas;
  const isLog = plot.value.scale === 'log';
  const rules = plot.rules ?? [];
  const above = rules.length === 0 ? ABOVE.plain : ABOVE.ruled;
  const longest = Math.max(...plot.marks.map(({ name }) => name.length));
  return byPanel(plot.marks).map(([title, marks]) => {
    const drawing = canvas.draw(title === undefined ? plot.title : `${plot.title}: ${title}`, {
      marginLeft: 20 + longest * LETTER_WIDTH,
      marginRight: 70,
      marginTop: above,
      marginBottom: BELOW,
      height: above + marks.length * ROW_HEIGHT + BELOW,
      x: { ...scaleOf(plot), label: plot.value.label, labelAnchor: 'center', labelArrow: 'none', grid: true },
      y: { domain: marks.map(({ name }) => name), label: null, tickSize: 0 },
      marks: [
        ...(isLog ? dots(canvas, marks) : bars(canvas, marks)),
        library.ruleY(marks.filter(hasWhisker), { y: 'name', x1: 'low', x2: 'high', stroke: INK.text }),
        ...canvas.rules(rules, 'x'),
        library.text(marks, {
          y: 'name',
          x: highest,
          text: ({ value }: Mark) => readable(value),
          textAnchor: 'start',
          dx: 8,
          fill: INK.text,
          fontWeight: 600,
        }),
      ],
    });
    return { title, svg: drawing.outerHTML };
  });
}

function bars({ library }: Canvas, marks: readonly Mark[]): object[] {
  const inset = { insetTop: 2, insetBottom: 2 };
  return [library.barX(marks, { y: 'name', x1: 0, x2: 'value', fill: colour, ...inset })];
}

function dots({ library }: Canvas, marks: readonly Mark[]): object[] {
  return [
    library.ruleY(marks, { y: 'name', stroke: INK.grid }),
    library.dot(marks, { y: 'name', x: 'value', r: 5.5, fill: colour, stroke: INK.text, strokeWidth: 0.5 }),
  ];
}

/** All panels have the same. */
function scaleOf({ marks, rules = [], value: { scale = 'linear' } }: Ranking): object {
  const ends = rules.map(({ at }) => at);
  const most = Math.max(...marks.map(highest), ...ends);
  if (scale === 'linear') return { type: scale, domain: [0, most * 1.04] };
  const least = Math.min(...marks.map(({ value, low = value }) => low), ...ends);
  return { type: scale, domain: [least / 1.5, most * 1.3], ticks: 6, tickFormat: readable };
}

function colour({ role }: Mark): string {
  return colourOf(role);
}

function highest({ value, high = value }: Mark): number {
  return Math.max(value, high);
}

function hasWhisker({ low, high }: Mark): boolean {
  return low !== undefined && high !== undefined;
}
