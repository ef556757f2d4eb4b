/** Whether an error says that a credential was refused, by the codes of the clients that people use. */

/** The members that the clients put their codes in, all of them unchecked. */
interface Traits {
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly number?: unknown;
  readonly codeName?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly originalError?: unknown;
  readonly response?: { readonly status?: unknown; readonly statusCode?: unknown } | null | undefined;
}

/**
 * - PostgreSQL (pg, postgres.js): SQLSTATE 28P01 invalid_password, 28000 invalid_authorization_specification.
 * - MySQL, MariaDB (mysql2): ER_ACCESS_DENIED_ERROR (1045), ER_ACCESS_DENIED_NO_PASSWORD_ERROR (1698).
 * - SQL Server (mssql, tedious): ELOGIN, error number 18456.
 * - MongoDB: code 18 AuthenticationFailed; Atlas answers 8000 AtlasError "bad auth : ...".
 * - Redis (node-redis, ioredis): WRONGPASS, NOAUTH.
 */
const CODES: ReadonlySet<unknown> = new Set([
  '28P01',
  '28000',
  'ER_ACCESS_DENIED_ERROR',
  'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
  'ELOGIN',
  'WRONGPASS',
  'NOAUTH',
]);
const MYSQL_ERRNOS: ReadonlySet<unknown> = new Set([1045, 1698]);
const SQL_SERVER_LOGIN_FAILED = 18456;
const ATLAS_MESSAGE = /\bbad auth\b|authentication failed/i;
const MONGODB_AUTHENTICATION_FAILED = 18;
const REDIS_MESSAGE = /^(WRONGPASS|NOAUTH)\b/;
const HTTP_UNAUTHORIZED = 401;

/** How far causes are followed: pools and query builders wrap the driver's error once or twice. */
const MAX_CAUSES = 5;

/** The default of `isAuthError`: knows pg, mysql2, mssql, mongodb, redis and HTTP 401, also behind a `cause`. */
export function isAuthError(error: unknown): boolean {
  let link = error;
  for (let depth = 0; depth < MAX_CAUSES && typeof link === 'object' && link !== null; depth += 1) {
    const traits: Traits = link;
    if (isRefusal(traits)) return true;
    link = traits.cause ?? traits.originalError;
  }
  return false;
}

function isRefusal(traits: Traits): boolean {
  const { code, errno, number, codeName, status, statusCode, message, response } = traits;
  return (
    CODES.has(code) ||
    MYSQL_ERRNOS.has(errno) ||
    number === SQL_SERVER_LOGIN_FAILED ||
    codeName === 'AuthenticationFailed' ||
    (codeName === 'AtlasError' && typeof message === 'string' && ATLAS_MESSAGE.test(message)) ||
    (code === MONGODB_AUTHENTICATION_FAILED && 'errorLabels' in traits) ||
    (typeof message === 'string' && REDIS_MESSAGE.test(message)) ||
    [status, statusCode, response?.status, response?.statusCode].includes(HTTP_UNAUTHORIZED)
  );
}
