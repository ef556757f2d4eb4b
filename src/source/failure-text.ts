/** The words of an error: what happened, to which secret, what to do about it. */

import { quote, subjectOf } from '../errors.ts';
import { type AwsFailureCode, TLS_CODE } from './aws-error-words.ts';

/** What may be said of the original error. */
interface Original {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly $fault?: unknown;
}

interface Advice {
  readonly happened: string;
  readonly remedy: string;
}

const ADVICE: Readonly<Record<Exclude<AwsFailureCode, 'ERR_SECRET_ACCESS_DENIED'>, Advice>> = {
  ERR_SECRET_NOT_FOUND: {
    happened: 'it was not found',
    remedy: 'Check its name, the account and the Region, and that the version or staging label exists.',
  },
  ERR_SECRET_DELETED: {
    happened: 'it is scheduled for deletion',
    remedy: 'Restore it, or stop asking for it.',
  },
  ERR_SECRET_DECRYPTION: {
    happened: 'KMS did not decrypt it',
    remedy: 'Allow kms:Decrypt on its KMS key, and check that the key exists and is enabled.',
  },
  ERR_SECRET_INVALID_REQUEST: {
    happened: 'Secrets Manager refuses the request',
    remedy: 'Check the secret id, the version id and the staging label.',
  },
  ERR_SECRET_THROTTLED: {
    happened: 'there were too many requests',
    remedy: 'Ask for fewer secrets at once, or keep them for longer.',
  },
  ERR_SECRET_CREDENTIALS: {
    happened: 'the AWS credentials are missing, expired or not accepted',
    remedy: "Check the client's credentials, and this machine's clock.",
  },
  ERR_SECRET_TIMEOUT: {
    happened: 'no answer came in time',
    remedy: 'Check the network path to Secrets Manager: security groups, VPC endpoint, proxy.',
  },
  ERR_SECRET_MALFORMED_RESPONSE: {
    happened: 'the answer could not be understood',
    remedy: 'Check for a proxy or an emulator between here and Secrets Manager.',
  },
  ERR_SECRET_UNAVAILABLE: {
    happened: 'Secrets Manager could not be reached, or failed',
    remedy: 'Check the network path to it, and the AWS Health Dashboard.',
  },
};

const NO_REGION: Advice = {
  happened: 'no AWS Region is configured',
  remedy: 'Set AWS_REGION, or pass clientConfig: { region }.',
};

const NO_TRUST: Advice = {
  happened: 'the TLS connection to Secrets Manager could not be trusted',
  remedy: "Check the endpoint and its certificate, and NODE_EXTRA_CA_CERTS for a private authority's.",
};

/** `Cannot read secret "prod/db": access is denied (AccessDeniedException: "User: …"). Allow …` */
export function failureText(
  code: AwsFailureCode,
  original: Original,
  secretId: string | undefined,
  action: string,
): string {
  const { happened, remedy } = adviceFor(code, original, action);
  return `Cannot read ${subjectOf(secretId)}: ${happened} (${originOf(code, original)}). ${remedy}`;
}

function adviceFor(code: AwsFailureCode, original: Original, action: string): Advice {
  if (code === 'ERR_SECRET_ACCESS_DENIED') {
    return {
      happened: 'access is denied',
      remedy: `Allow ${action} in the policies of the caller, of the secret and of the VPC endpoint.`,
    };
  }
  if (original.message === 'Region is missing') return NO_REGION;
  const isTls = typeof original.code === 'string' && TLS_CODE.test(original.code);
  if (code === 'ERR_SECRET_UNAVAILABLE' && isTls) return NO_TRUST;
  return ADVICE[code];
}

/**
 * The original's name or system code. Its text too where the service refused the request in its own words: they name
 * the principal and the action. Any other text may be a piece of a page that something in between answered.
 */
function originOf(code: AwsFailureCode, { name, message, code: systemCode, $fault }: Original): string {
  const origin = [systemCode, name].find(isIdentifier) ?? 'Error';
  const inItsOwnWords =
    $fault === 'client' && code !== 'ERR_SECRET_UNAVAILABLE' && typeof message === 'string';
  return inItsOwnWords ? `${origin}: ${quote(message)}` : origin;
}

function isIdentifier(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Za-z][\w.]{0,127}$/.test(text);
}
