/** A search, all of it by one Region: a second one would find again what the first has given already. */

import type { SecretCacheError } from '../errors.ts';
import type { SecretVersion, SourceCall } from '../source/secret-source.ts';
import type { Showing } from './primary-view.ts';
import type { RegionByRegion } from './region-by-region.ts';
import type { Region } from './region.ts';
import type { Router } from './router.ts';
import { isAnswer, nowhere, type RegionFailure } from './verdict.ts';

type Found = SecretVersion | SecretCacheError;

export interface Search {
  readonly router: Router;
  readonly regions: RegionByRegion;
  readonly call: SourceCall;
  readonly send: (region: Region, call: SourceCall) => AsyncIterable<Found>;
  readonly take: (region: Region, found: Found, showing: Showing) => Found;
}

/** Moves on to the next Region until something is found; a failure after that ends the search. */
export async function* searchRegions(search: Search): AsyncGenerator<Found, void, undefined> {
  const { router, regions, call, send, take } = search;
  const failures: RegionFailure[] = [];
  for (const stop of router.route()) {
    const attempt = regions.begin(stop, call);
    let isUnderWay = true;
    let hasFound = false;
    let items: AsyncIterator<Found> | undefined;
    try {
      const iterator = (items = send(stop.region, attempt.call)[Symbol.asyncIterator]());
      for (;;) {
        const next = await attempt.run(() => iterator.next());
        if (next.done === true) return;
        hasFound = true;
        yield take(stop.region, next.value, attempt.showing);
      }
    } catch (error) {
      isUnderWay = false;
      const failed = regions.failed(stop, attempt, error, { secretId: undefined, call, isAnswer });
      if (hasFound || failed.kind === 'refusal') throw failed.error;
      failures.push({ region: stop.region, error: failed.error });
    } finally {
      attempt.end();
      if (isUnderWay) router.answered(stop, 'answers');
      // Not awaited: it waits for a page that may never come.
      void items?.return?.().catch(() => {});
    }
  }
  throw nowhere(undefined, failures);
}
