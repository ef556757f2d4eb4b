/** What the rounds took: for each entrant, count and latency, in milliseconds. */

import { median, spread, type Spread } from '../statistics.ts';

/** Which rounds: so many secrets, the service so many milliseconds away. */
export interface Course {
  readonly count: number;
  readonly latency: number;
}

interface Line extends Course {
  readonly label: string;
  readonly rounds: number[];
}

export class Timetable {
  readonly #lines: Line[] = [];

  get lines(): readonly Line[] {
    return this.#lines;
  }

  add(label: string, course: Course, ms: number): void {
    const line = this.#find(label, course);
    if (line === undefined) this.#lines.push({ label, ...course, rounds: [ms] });
    else line.rounds.push(ms);
  }

  median(label: string, course: Course): number {
    return median(this.#rounds(label, course));
  }

  spread(label: string, course: Course): Spread {
    return spread(this.#rounds(label, course));
  }

  /** The median of the ratios of each round, in which the two took their turns. */
  ratio(one: string, other: string, course: Course): number {
    const others = this.#rounds(other, course);
    return median(this.#rounds(one, course).map((ms, nth) => ms / (others[nth] ?? Number.NaN)));
  }

  #rounds(label: string, course: Course): readonly number[] {
    const line = this.#find(label, course);
    if (line === undefined) throw new RangeError(`"${label}" was not measured`);
    return line.rounds;
  }

  #find(label: string, { count, latency }: Course): Line | undefined {
    return this.#lines.find(
      (line) => line.label === label && line.count === count && line.latency === latency,
    );
  }
}
