// Runs one code block as its reader would: evaluates it and, where it exports a Lambda handler, invokes that twice.

import { pathToFileURL } from 'node:url';

const [, , file = ''] = process.argv;
const { handler } = (await import(pathToFileURL(file).href)) as { handler?: unknown };

if (typeof handler === 'function') {
  await handler({}, {});
  await handler({}, {});
}
