/** What a question of the bench is, and what its answer holds: JSON throughout, which each renderer starts from. */

import assert from 'node:assert/strict';

export interface Question {
  /** On the command line, in file names, and as its place in the report: `hit`. */
  readonly name: string;
  /** The question in words. */
  readonly title: string;
  /** Measures, and asserts along the way that what it measures is right: a wrong answer has no speed. */
  run(progress: Progress): Promise<Answer>;
}

/** Says what is measured now, and how much of the question is done, from 0 to 1. */
export type Progress = (what: string, share: number) => void;

export interface Answer {
  /** What was found: sentences made from the numbers of this run. */
  readonly findings: readonly string[];
  /** How it was measured, and what it does not tell. */
  readonly method: string;
  readonly bars: readonly Bar[];
  readonly plots: readonly Plot[];
  readonly tables: readonly Table[];
  /** Every single measurement, for who wants to count again; in the JSON alone. */
  readonly raw?: unknown;
}

/** What a mark or a row stands for, which says how it is drawn. */
export type Role = 'ours' | 'peer' | 'control';

/** A target, and whether this run met it. Made by `atMost` and `atLeast`. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Follows the number: `x`, ` ns`, ` bytes`. */
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly ok: boolean;
}

export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** What a reader of the table alone has to know. */
  readonly note?: string;
}

export interface Column {
  /** With the unit, if every cell has the same: `a hit, ns`. */
  readonly name: string;
  /** Of numbers; default: whole numbers from 100 on, three significant digits below. */
  readonly decimals?: number;
}

export interface Row {
  readonly role: Role;
  /** The first one names the row. `null`: there is nothing to say. */
  readonly cells: readonly (string | number | null)[];
}

export type Plot = Ranking | Curves;

export interface Axis {
  /** With its unit: `nanoseconds a hit`. */
  readonly label: string;
  /** Default `linear`. */
  readonly scale?: 'linear' | 'log';
}

/** A line across the plot at a value: a limit, a bar, a control. */
export interface Rule {
  readonly at: number;
  readonly label: string;
}

/** One number a contender, side by side: horizontal bars in the order given. */
export interface Ranking {
  readonly kind: 'ranking';
  readonly title: string;
  readonly value: Axis;
  readonly marks: readonly {
    readonly name: string;
    readonly role: Role;
    readonly value: number;
    /** The spread of the rounds, drawn as a whisker. */
    readonly low?: number;
    readonly high?: number;
    /** Marks of one panel are drawn together, the panels one below another in the order in which they appear. */
    readonly panel?: string;
  }[];
  readonly rules?: readonly Rule[];
}

/** One quantity over another: over time, over a number of secrets. */
export interface Curves {
  readonly kind: 'curves';
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly curves: readonly {
    readonly name: string;
    readonly role: Role;
    /** `step` for a quantity that holds until it changes. Default `line`. */
    readonly shape?: 'line' | 'step';
    /** Curves of one panel are drawn together, the panels one below another with shared axes. */
    readonly panel?: string;
    readonly points: readonly (readonly [x: number, y: number])[];
  }[];
  /** Across at a value of y. */
  readonly rules?: readonly Rule[];
}

/** A target from above. Throws for what is no number: that is a broken measurement, not a missed target. */
export function atMost(name: string, value: number, limit: number, unit = 'x'): Bar {
  assert(Number.isFinite(value), `no number for "${name}": ${value}`);
  return { name, value, unit, atMost: limit, ok: value <= limit };
}

/** A target from below. Throws for what is no number. */
export function atLeast(name: string, value: number, limit: number, unit = 'x'): Bar {
  assert(Number.isFinite(value), `no number for "${name}": ${value}`);
  return { name, value, unit, atLeast: limit, ok: value >= limit };
}
