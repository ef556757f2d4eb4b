/** The two majors of middy, each where this Node.js can run it. */

import middy from '@middy/core';

/** middy's factory; its two majors differ in types that no test here is about. */
export type Middy = typeof middy;

export interface Major {
  readonly name: string;
  readonly middy: Middy;
}

const NODE_MAJOR = Number(process.versions.node.split('.')[0]);
const middy7 = NODE_MAJOR >= 22 ? ((await import('middy-7')).default as unknown as Middy) : undefined;

/** Those that this Node.js can run. */
export const majors: readonly Major[] = [
  { name: 'middy 6', middy },
  ...(middy7 === undefined ? [] : [{ name: 'middy 7', middy: middy7 }]),
];

if (middy7 === undefined)
  console.log(`middy 7 is not tried: it needs Node.js >= 22, this is ${process.version}`);
