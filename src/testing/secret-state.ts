// One secret as a value: immutable versions, labels that point at them, and the pure moves between states.
//
//   versions   id -> content      a version's content never changes
//   labels     label -> id        a label is held by exactly one version
//
// A write makes a new state and leaves the old one whole, so that a snapshot of a store is a copy of its map.

import { limitExceeded, versionExists } from './errors.ts';
import type { Home } from './secret-id.ts';

export const AWSCURRENT = 'AWSCURRENT';
export const AWSPENDING = 'AWSPENDING';
const AWSPREVIOUS = 'AWSPREVIOUS';

/** Labels attached across all versions of a secret: at most 20 (Secrets Manager quotas). */
const MAX_LABELS = 20;
/** Unlabelled versions are pruned beyond this many versions, once they are a day old (PutSecretValue's reference). */
const MAX_VERSIONS = 100;
const DAY_MS = 86_400_000;

export type Content =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly base64: string };

export interface VersionState {
  readonly versionId: string;
  /** Undefined between the start of a rotation, which makes AWSPENDING's version id, and its createSecret step. */
  readonly content: Content | undefined;
  readonly createdAtMs: number;
  readonly accessedAtMs: number | undefined;
  readonly kmsKeyId: string | undefined;
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface RotationRules {
  readonly AutomaticallyAfterDays?: number;
  readonly Duration?: string;
  readonly ScheduleExpression?: string;
}

export interface ReplicaStatus {
  readonly Region: string;
  readonly KmsKeyId?: string;
  readonly Status: 'InSync' | 'Failed' | 'InProgress';
}

export interface SecretState {
  readonly arn: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly kmsKeyId: string | undefined;
  readonly owningService: string | undefined;
  /** Undefined until the first tag; an empty list after the last one is gone, as recorded from AWS. */
  readonly tags: readonly Tag[] | undefined;
  readonly replicas: readonly ReplicaStatus[];
  /** Where its primary is; only on a replica. */
  readonly primaryRegion?: string;
  readonly rotation: { readonly lambdaArn: string; readonly rules: RotationRules | undefined } | undefined;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly accessedAtMs: number | undefined;
  readonly rotatedAtMs: number | undefined;
  /** When the service may destroy the secret; set while it is scheduled for deletion. */
  readonly deletionAtMs: number | undefined;
  readonly versions: ReadonlyMap<string, VersionState>;
  readonly labels: ReadonlyMap<string, string>;
}

export function newSecret(arn: string, name: string, nowMs: number): SecretState {
  return {
    arn,
    name,
    description: undefined,
    kmsKeyId: undefined,
    owningService: undefined,
    tags: undefined,
    replicas: [],
    rotation: undefined,
    createdAtMs: nowMs,
    changedAtMs: nowMs,
    accessedAtMs: undefined,
    rotatedAtMs: undefined,
    deletionAtMs: undefined,
    versions: new Map(),
    labels: new Map(),
  };
}

/** The labels on a version, sorted as in every recorded answer. */
export function labelsOf(secret: SecretState, versionId: string): string[] {
  return [...secret.labels]
    .filter(([, holder]) => holder === versionId)
    .map(([label]) => label)
    .toSorted();
}

/** Set on what is replicated: a primary with replicas, and each of them. */
export function primaryRegionOf(secret: SecretState, { region }: Home): string | undefined {
  return secret.primaryRegion ?? (secret.replicas.length === 0 ? undefined : region);
}

export function sameContent(one: Content, other: Content): boolean {
  if (one.kind === 'text') return other.kind === 'text' && one.text === other.text;
  return other.kind === 'bytes' && one.base64 === other.base64;
}

/**
 * Adds a version with its labels. The first version of a secret gets AWSCURRENT whatever was asked. A version id
 * that exists keeps its content: the same content again changes nothing, another one throws
 * ResourceExistsException; one without content (AWSPENDING at the start of a rotation) is filled.
 */
export function writeVersion(
  secret: SecretState,
  version: { readonly versionId: string; readonly content: Content; readonly stages: readonly string[] },
  nowMs: number,
): SecretState {
  const existing = secret.versions.get(version.versionId);
  if (existing?.content !== undefined) {
    if (!sameContent(existing.content, version.content)) throw versionExists();
    return secret;
  }
  const first = ![...secret.versions.values()].some(({ content }) => content !== undefined);
  const stages = first ? [...version.stages, AWSCURRENT] : version.stages;
  const labels = new Map(secret.labels);
  const before = labels.get(AWSCURRENT);
  if (stages.includes(AWSCURRENT) && before !== undefined && before !== version.versionId) {
    labels.set(AWSPREVIOUS, before);
    // Recorded: a new current value takes AWSPENDING off the version that was current until now.
    if (labels.get(AWSPENDING) === before) labels.delete(AWSPENDING);
  }
  for (const stage of stages) labels.set(stage, version.versionId);
  const state: VersionState = {
    versionId: version.versionId,
    content: version.content,
    createdAtMs: nowMs,
    accessedAtMs: undefined,
    kmsKeyId: secret.kmsKeyId,
  };
  return withLabels(
    { ...secret, versions: new Map(secret.versions).set(state.versionId, state) },
    labels,
    nowMs,
  );
}

/** Begins a rotation: AWSPENDING names a version that has no value yet. */
export function beginRotation(secret: SecretState, versionId: string, nowMs: number): SecretState {
  const empty: VersionState = {
    versionId,
    content: undefined,
    createdAtMs: nowMs,
    accessedAtMs: undefined,
    kmsKeyId: secret.kmsKeyId,
  };
  const versions = new Map(secret.versions);
  if (!versions.has(versionId)) versions.set(versionId, empty);
  return withLabels({ ...secret, versions }, new Map(secret.labels).set(AWSPENDING, versionId), nowMs);
}

/** Moves a label, or takes it off with no `to`. Moving AWSCURRENT moves AWSPREVIOUS behind it. */
export function moveLabel(
  secret: SecretState,
  label: string,
  to: string | undefined,
  nowMs: number,
): SecretState {
  const labels = new Map(secret.labels);
  const before = labels.get(label);
  if (to === undefined) labels.delete(label);
  else labels.set(label, to);
  if (label === AWSCURRENT && before !== undefined && before !== to) labels.set(AWSPREVIOUS, before);
  return withLabels(secret, labels, nowMs);
}

/** AWS keeps the last access as a day, not an instant. */
export function touch(secret: SecretState, versionId: string, nowMs: number): SecretState {
  const version = secret.versions.get(versionId);
  const accessedAtMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  if (version === undefined || version.accessedAtMs === accessedAtMs) return secret;
  const versions = new Map(secret.versions).set(versionId, { ...version, accessedAtMs });
  return { ...secret, accessedAtMs, versions };
}

function withLabels(secret: SecretState, labels: ReadonlyMap<string, string>, nowMs: number): SecretState {
  if (labels.size > MAX_LABELS) throw limitExceeded();
  const versions = new Map(secret.versions);
  const held = new Set(labels.values());
  for (const version of secret.versions.values()) {
    if (versions.size <= MAX_VERSIONS) break;
    if (!held.has(version.versionId) && nowMs - version.createdAtMs > DAY_MS)
      versions.delete(version.versionId);
  }
  return { ...secret, versions, labels, changedAtMs: nowMs };
}
