/** A plot as SVG: one for each of its panels. */

import type { Plot } from '../question.ts';
import { Canvas } from './canvas.ts';
import { drawCurves } from './curves.ts';
import { drawRanking } from './ranking.ts';

/** One SVG, and the panel that it shows where a plot has more than one. */
export interface Panel {
  readonly title: string | undefined;
  readonly svg: string;
}

export type Draw = (plot: Plot) => readonly Panel[];

/** Loads what draws; then nothing waits. */
export async function plotter(): Promise<Draw> {
  const canvas = await Canvas.load();
  return (plot) => (plot.kind === 'ranking' ? drawRanking(canvas, plot) : drawCurves(canvas, plot));
}
