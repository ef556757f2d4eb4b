/** Curves, each named at its end: a reader need not go back and forth to a legend. */

import type { Axis, Curves, Role } from '../question.ts';
import type { Canvas } from './canvas.ts';
import { readable } from './numbers.ts';
import { besides, colourOf, CONTROL_DASH } from './palette.ts';
import { byPanel } from './panels.ts';
import type { Panel } from './plots.ts';

type Curve = Curves['curves'][number];

const HEIGHT = 400;
const LABEL_SIZE = 12;
/** Of a bold letter of that size, on average; the width of text isn't known without a browser. */
const LETTER_WIDTH = 7.3;
const ABOVE = 30;
const BELOW = 46;
/** With more points than this, dots would hide the curve. */
const MOST_DOTS = 30;

export function drawCurves(canvas: Canvas, plot: Curves): Panel[] {
  const rules = plot.rules ?? [];
  const points = plot.curves.flatMap((curve) => curve.points);
  const longest = Math.max(...plot.curves.map(({ name }) => name.length));
  const frame = {
    marginLeft: 70,
    marginRight: 20 + longest * LETTER_WIDTH,
    marginTop: ABOVE,
    marginBottom: BELOW,
    height: HEIGHT,
    x: scaleOf(
      plot.x,
      points.map(([x]) => x),
    ),
    y: scaleOf(plot.y, [...points.map(([, y]) => y), ...rules.map(({ at }) => at)]),
  };
  return byPanel(plot.curves).map(([title, curves]) => {
    const marks = [
      ...canvas.rules(rules, 'y'),
      ...curves.flatMap((curve) => curveMarks(canvas, curve, colourIn(plot, curve))),
    ];
    // Drawn without labels first: only the scale tells where the ends lie, and so which labels would touch.
    const { apply } = canvas.draw(plot.title, { ...frame, marks }).scale('y');
    const places = curves.map(({ points: own }) => apply(own.at(-1)?.[1] ?? 0));
    const moved = besides(places, ABOVE, HEIGHT - BELOW);
    const labels = curves.map((curve, nth) =>
      labelMark(canvas, curve, colourIn(plot, curve), (moved[nth] ?? 0) - (places[nth] ?? 0)),
    );
    const name = title === undefined ? plot.title : `${plot.title}: ${title}`;
    return { title, svg: canvas.draw(name, { ...frame, marks: [...marks, ...labels] }).outerHTML };
  });
}

function curveMarks({ library }: Canvas, { role, shape, points }: Curve, colour: string): object[] {
  const curve = shape === 'step' ? 'step-after' : 'linear';
  const dash = role === 'control' ? { strokeDasharray: CONTROL_DASH } : {};
  const stroke = { stroke: colour, strokeWidth: role === 'ours' ? 2.8 : 1.6, ...dash };
  const line = library.line(points, { curve, ...stroke });
  return points.length > MOST_DOTS ? [line] : [line, library.dot(points, { fill: colour, r: 2.8 })];
}

function labelMark({ library }: Canvas, { name, role, points }: Curve, fill: string, dy: number): object {
  const weight = role === 'ours' ? 700 : 400;
  const text = (): string => name;
  const font = { fontSize: LABEL_SIZE, fontWeight: weight };
  return library.text(points.slice(-1), { text, textAnchor: 'start', dx: 8, dy, fill, ...font });
}

function scaleOf(axis: Axis, values: readonly number[]): object {
  const { label, scale = 'linear' } = axis;
  const common = { type: scale, label, labelAnchor: 'center', labelArrow: 'none', grid: true };
  const most = Math.max(...values);
  if (scale === 'linear') return { ...common, domain: [Math.min(0, ...values), most], nice: true };
  return { ...common, domain: [Math.min(...values), most], ticks: 6, tickFormat: readable };
}

/** A curve keeps its colour in every panel. */
function colourIn(
  { curves }: Curves,
  { name, role }: { readonly name: string; readonly role: Role },
): string {
  const alike = new Set(curves.filter((curve) => curve.role === role).map((curve) => curve.name));
  return colourOf(role, [...alike].indexOf(name));
}
