/** The report's colours, and where labels go that would lie on each other. */

import type { Role } from '../question.ts';

/** Dark on light; the rule's red has a contrast of 5.9 on white. */
export const INK = { text: '#1c2430', grid: '#e3e7ed', rule: '#b3261e' } as const;
export const CONTROL_DASH = '6,4';

const COLOURS: Readonly<Record<Role, readonly [string, ...string[]]>> = {
  ours: ['#0b57d0', '#0a7f86', '#5b3fd6', '#12306b'],
  peer: [
    '#a7afbc',
    '#b4560f',
    '#8a3f73',
    '#4d7a2a',
    '#7d6a2b',
    '#5d6b80',
    '#a03a3a',
    '#8c7ba8',
    '#3f6f62',
    '#9b6b4e',
    '#6e6e6e',
    '#c08a1e',
  ],
  control: ['#4b5563'],
};

/** In a ranking all of one role are alike; `rank` tells the curves of a role from each other. */
export function colourOf(role: Role, rank?: number): string {
  const colours = COLOURS[role];
  if (rank === undefined) return role === 'control' ? '#d3d8e0' : colours[0];
  // The first peer's grey is a bar's: as thin as a curve it would hardly be seen.
  const bold = role === 'peer' ? colours.slice(1) : colours;
  return bold[rank % bold.length] ?? colours[0];
}

const LINE_HEIGHT = 15;

interface Group {
  readonly members: readonly number[];
  readonly middle: number;
}

/**
 * Moves labels apart that are nearer than a line's height: in their order, each as little as need be, and none above
 * `top` or below `bottom`, if all have room between them.
 */
export function besides(
  places: readonly number[],
  top: number = -Infinity,
  bottom: number = Infinity,
): number[] {
  const inOrder = places.map((_, nth) => nth).toSorted((one, other) => placeOf(one) - placeOf(other));
  const moved = [...places];
  let groups: Group[] = [];
  for (const nth of inOrder) {
    let group = groupOf([nth]);
    // A label that touches the group above joins it; the larger group may touch the next.
    for (let above = groups.at(-1); above !== undefined && touches(above, group); above = groups.at(-1)) {
      groups = groups.slice(0, -1);
      group = groupOf([...above.members, ...group.members]);
    }
    groups.push(group);
  }
  for (const { members, middle } of groups) {
    for (const [nth, member] of members.entries()) {
      moved[member] = middle + (nth - (members.length - 1) / 2) * LINE_HEIGHT;
    }
  }
  return moved;

  function placeOf(nth: number): number {
    return places[nth] ?? 0;
  }

  function groupOf(members: readonly number[]): Group {
    const mean = members.reduce((sum, member) => sum + placeOf(member), 0) / members.length;
    const half = ((members.length - 1) / 2) * LINE_HEIGHT;
    return { members, middle: Math.max(top + half, Math.min(bottom - half, mean)) };
  }
}

function touches(above: Group, below: Group): boolean {
  return below.middle - above.middle < ((above.members.length + below.members.length) / 2) * LINE_HEIGHT;
}
