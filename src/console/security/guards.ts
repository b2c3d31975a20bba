import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { addressOf, bearerOf, type ConsoleContext, type ConsoleEnv, errorReply, sessionOf } from '../request.js';
import type { Access, Refusal } from './access.js';
import { crossSiteFault, isLoopbackHost } from './request-origin.js';

export const MOST_BODY_BYTES = 64 * 1024;
/** The page sends it with every request; any value counts. */
const PAGE_HEADER = 'X-Requested-With';

/** Refuses a foreign `Host` if there is no token. */
export function hostGuard(access: Access) {
  return createMiddleware<ConsoleEnv>(async (context, next) => {
    if (access.isTokenRequired || isLoopbackHost(context.req.header('host') ?? null)) return next();
    const way = 'open http://127.0.0.1:PORT, or set http.token_file';
    return errorReply(
      context,
      403,
      'HOST_REFUSED',
      `without a token the console answers only to loopback names (${way})`,
    );
  });
}

/** Refuses requests from other sites. */
export const crossSiteGuard = createMiddleware<ConsoleEnv>(async (context, next) => {
  const { req } = context;
  const fault = crossSiteFault({
    method: req.method,
    host: req.header('host') ?? null,
    origin: req.header('origin') ?? null,
    fetchSite: req.header('sec-fetch-site') ?? null,
    hasCookie: sessionOf(context) !== undefined,
  });
  if (fault === undefined) return next();
  return errorReply(context, 403, 'CROSS_SITE', `the request comes from another site: ${fault}`);
});

/**
 * For reads that have an effect: refuses those that another site could send by a link or an image. Over plain HTTP,
 * browsers send no Sec-Fetch-Site. They send a custom header to another site only if that site permits it (CORS), which
 * the console never does.
 */
export const headerGuard = createMiddleware<ConsoleEnv>(async (context, next) => {
  const { req } = context;
  // Hono answers HEAD with the route of GET.
  const isReading = req.method === 'GET' || req.method === 'HEAD';
  if (!isReading || (req.header(PAGE_HEADER) ?? '') !== '') return next();
  return errorReply(context, 403, 'CROSS_SITE', `the request may come from another site: it has no ${PAGE_HEADER}`);
});

/** Lets only JSON of at most 64 KiB pass, and only with a known length. */
export const jsonGuard = createMiddleware<ConsoleEnv>(async (context, next) => {
  const { req } = context;
  if (req.method !== 'POST') return next();
  const [type = ''] = (req.header('content-type') ?? '').split(';', 1);
  if (type.trim().toLowerCase() !== 'application/json') {
    return errorReply(context, 415, 'NOT_JSON', 'the content type must be application/json');
  }
  if (req.header('transfer-encoding') !== undefined) {
    return errorReply(context, 411, 'LENGTH_REQUIRED', 'send Content-Length instead of Transfer-Encoding');
  }
  return limitBody(context, next);
});

const limitBody = bodyLimit({
  maxSize: MOST_BODY_BYTES,
  onError: (context) => errorReply(context, 413, 'BODY_TOO_LARGE', `a body may have at most ${MOST_BODY_BYTES} bytes`),
});

/** Lets only requests with the token or a session pass. */
export function accessGuard(access: Access, admitted: (response: object) => void) {
  return createMiddleware<ConsoleEnv>(async (context, next) => {
    const admission = access.admit({
      address: addressOf(context),
      bearer: bearerOf(context),
      session: sessionOf(context),
    });
    if (admission.kind !== 'admitted') return refusalReply(context, admission);
    admitted(context.env.outgoing);
    context.set('by', `console (${addressOf(context)})`);
    context.set('isAllowed', admission.isAllowed);
    return next();
  });
}

/** The answer to a request without the right token or session. */
export function refusalReply(context: ConsoleContext, refusal: Refusal): Response {
  if (refusal.kind === 'wait') {
    const seconds = Math.ceil(refusal.waitMs / 1_000);
    context.header('retry-after', String(seconds));
    return errorReply(context, 429, 'TOO_MANY_LOGINS', `too many wrong tokens: try again in ${seconds} s`);
  }
  if (refusal.kind === 'wrong') return errorReply(context, 401, 'TOKEN_WRONG', 'wrong token');
  return errorReply(context, 401, 'LOGIN_REQUIRED', 'log in with the token');
}
