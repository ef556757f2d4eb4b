/** Observable Plot on a small DOM: what is drawn is SVG text, with nothing left to do when it is viewed. */

import { load } from '../contenders/contender.ts';
import type { Rule } from '../question.ts';
import { INK } from './palette.ts';

/** What is used of `@observablehq/plot`, which only bench/package.json installs. */
interface PlotLibrary {
  plot(options: object): Drawing;
  barX(values: readonly unknown[], options: object): object;
  dot(values: readonly unknown[], options: object): object;
  line(values: readonly unknown[], options: object): object;
  ruleX(values: readonly unknown[], options: object): object;
  ruleY(values: readonly unknown[], options: object): object;
  text(values: readonly unknown[], options: object): object;
}

interface Drawing {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  scale(name: 'x' | 'y'): { apply(value: number): number };
}

/** Of the page's column. */
const WIDTH = 912;
const FONT = { fontFamily: 'system-ui, sans-serif', fontSize: '13px' } as const;

export class Canvas {
  readonly library: PlotLibrary;
  readonly #document: object;

  private constructor(library: PlotLibrary, document: object) {
    this.library = library;
    this.#document = document;
  }

  static async load(): Promise<Canvas> {
    const library = await load<PlotLibrary>('@observablehq/plot');
    const { parseHTML } = await load<{ parseHTML: (html: string) => { document: object } }>('linkedom');
    const { document } = parseHTML('<!doctype html><html><body></body></html>');
    return new Canvas(library, document);
  }

  /** `title` is what a screen reader says of it. */
  draw(title: string, options: object): Drawing {
    const drawing = this.library.plot({ document: this.#document, width: WIDTH, style: FONT, ...options });
    drawing.setAttribute('role', 'img');
    drawing.setAttribute('aria-label', title);
    return drawing;
  }

  /** A dashed line across for each rule, at a value of `axis`, and what it stands for. */
  rules(rules: readonly Rule[], axis: 'x' | 'y'): object[] {
    const { ruleX, ruleY, text } = this.library;
    const stroke = { stroke: INK.rule, strokeDasharray: '5,4', strokeWidth: 1.4 };
    const label = { text: 'label', fill: INK.rule, fontWeight: 600 };
    if (axis === 'x') {
      return [
        ruleX(rules, { x: 'at', ...stroke }),
        text(rules, { x: 'at', frameAnchor: 'top', dy: -14, ...label }),
      ];
    }
    // Where curves that rise leave room.
    const place = { frameAnchor: 'right', textAnchor: 'end', dx: -6, dy: -8 };
    return [ruleY(rules, { y: 'at', ...stroke }), text(rules, { y: 'at', ...place, ...label })];
  }
}
