/** What a plan asks for, in the words of the library and of the oracle. */

import type { Ask } from './plan.ts';
import type { Key } from './subject.ts';

export function keyOf({ id, stage, version }: Ask): Key {
  const versionId = version === undefined ? undefined : `v${version}`;
  return { id, stage: stage ?? (versionId === undefined ? 'AWSCURRENT' : undefined), versionId };
}

export function selector({ stage, version }: Ask): { versionStage?: string; versionId?: string } {
  return {
    ...(stage !== undefined && { versionStage: stage }),
    ...(version !== undefined && { versionId: `v${version}` }),
  };
}

export function signalOf(wanted: boolean): { controller?: AbortController; signal?: AbortSignal } {
  if (!wanted) return {};
  const controller = new AbortController();
  return { controller, signal: controller.signal };
}
