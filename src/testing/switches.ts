// What AWS doesn't document and nobody has recorded: each open question is a switch with its possible answers.
// (Whether a batch is billed as one call or as many is open too, but shows nowhere on the wire.)

/**
 * How the server behaves where AWS's behaviour is unknown. Code that must be right on AWS should be tested under
 * every position. Set at the start or while running: `server.switches.duplicateIds = 'merge'`.
 */
export interface Switches {
  /**
   * A BatchGetSecretValue that lists one secret twice. `'reject'` (default): refused whole with
   * InvalidParameterException, as users report. `'merge'`: answered once. `'repeat'`: answered as often as asked.
   */
  duplicateIds: 'reject' | 'merge' | 'repeat';
  /** Whether a secret listed by name and by ARN counts as listed twice. Default true. */
  aliasesAreDuplicates: boolean;
  /** `Errors[].SecretId` of a denied batch item: the id as `'asked'` (default), or the secret's `'arn'`. */
  deniedBatchErrorId: 'asked' | 'arn';
  /** ErrorCode of a batch item whose secret has no current value. Default `'ResourceNotFoundException'`. */
  valuelessBatchItem: 'ResourceNotFoundException' | 'InvalidRequestException';
  /** ErrorCode of a batch item whose secret is scheduled for deletion. Default `'InvalidRequestException'`. */
  deletedBatchItem: 'InvalidRequestException' | 'ResourceNotFoundException';
  /** Code of a batch with an empty SecretIdList or one of more than 20 ids. Default `'ValidationException'`. */
  batchListLength: 'ValidationException' | 'InvalidParameterException';
  /** An ARN of another account in a batch: an AccessDenied `'item'` (default), or the `'whole'` call is denied. */
  batchForeignArn: 'item' | 'whole';
  /** Whether a batch by SecretIdList is answered in pages of `batchPageSize`. Default false. */
  batchPagesIdLists: boolean;
  /** Most secrets in a page of a batch, 1 to 20. Default 20; MaxResults may ask for fewer. */
  batchPageSize: number;
  /** Sends an empty page with a NextToken before each page of a batch that may have pages. Default false. */
  batchEmptyPages: boolean;
  /** Order of a batch's SecretValues, which AWS leaves open. Default `'asked'`. */
  batchOrder: 'asked' | 'reversed';
  /**
   * Whether a policy's `secretsmanager:VersionStage` condition denies batch items, for a batch names no stage. Default
   * `'deny'`.
   */
  batchVersionStageCondition: 'deny' | 'ignore';
}

/** The answers held likeliest. */
export const DEFAULT_SWITCHES: Readonly<Switches> = {
  duplicateIds: 'reject',
  aliasesAreDuplicates: true,
  deniedBatchErrorId: 'asked',
  valuelessBatchItem: 'ResourceNotFoundException',
  deletedBatchItem: 'InvalidRequestException',
  batchListLength: 'ValidationException',
  batchForeignArn: 'item',
  batchPagesIdLists: false,
  batchPageSize: 20,
  batchEmptyPages: false,
  batchOrder: 'asked',
  batchVersionStageCondition: 'deny',
};
