import { Hono } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { Logger } from 'pino';
import type { ActionLog } from '../control/index.js';
import { messageOf } from '../errors/index.js';
import { actionRoutes } from './action-routes.js';
import type { HistoryPoint, SessionState } from './api.js';
import type { Asset } from './assets.js';
import { type DeadRoutesOptions, deadRoutes } from './dead/routes.js';
import type { LiveStreams } from './live/live-streams.js';
import { pageDocument } from './page-document.js';
import {
  addressOf,
  bearerOf,
  bodyOf,
  type ConsoleContext,
  type ConsoleEnv,
  errorReply,
  sessionCookie,
  sessionOf,
} from './request.js';
import type { Access } from './security/access.js';
import { accessGuard, crossSiteGuard, headerGuard, hostGuard, jsonGuard, refusalReply } from './security/guards.js';
import { securityHeaders } from './security/security-headers.js';

export interface AppOptions {
  readonly access: Access;
  /** Hears of each response whose request may use the console. */
  readonly admitted: (response: object) => void;
  readonly actions: ActionLog;
  readonly history: () => readonly HistoryPoint[];
  readonly streams: LiveStreams;
  readonly dead: Pick<DeadRoutesOptions, 'queues' | 'thread'>;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly logger: Logger;
}

/** The routes of the console. Every route below `/api` but `/api/session` is behind the guards of access. */
export function openApp(options: AppOptions): Hono<ConsoleEnv> {
  const { access, assets, logger } = options;
  const app = new Hono<ConsoleEnv>();
  app.use(securityHeaders);
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) => {
        context.header('allow', methods.join(', '));
        return errorReply(context, 405, 'METHOD_NOT_ALLOWED', `allowed: ${methods.join(', ')}`);
      },
    }),
  );
  app.use(hostGuard(access));
  app.get('/', (context) => {
    context.header('cache-control', 'no-store');
    return context.html(pageDocument(context.get('secureHeadersNonce') ?? '', [...assets.keys()]));
  });
  app.get('/assets/*', (context) => asset(context, assets.get(context.req.path)));
  app.use('/api/*', crossSiteGuard, jsonGuard, async (context, next) => {
    context.header('cache-control', 'no-store');
    await next();
  });
  sessionRoutes(app, access);
  app.use('/api/*', accessGuard(access, options.admitted));
  liveRoutes(app, options);
  app.route('/api/actions', actionRoutes(options.actions, logger));
  // A look takes each message from its queue and returns it, and a quorum queue counts that.
  app.use('/api/dead/*', headerGuard);
  app.route('/api/dead', deadRoutes({ ...options.dead, actions: options.actions, logger }));
  app.notFound((context) => errorReply(context, 404, 'NOT_FOUND', 'not found'));
  app.onError((error, context) => {
    logger.error({ err: error }, `console: ${context.req.path} failed: ${messageOf(error)}`);
    return errorReply(context, 500, 'FAILED', 'the request failed; the log has the error');
  });
  return app;
}

function asset(context: ConsoleContext, found: Asset | undefined): Response | Promise<Response> {
  if (found === undefined) return context.notFound();
  // The modules import each other by name, so their URLs stay the same across versions.
  context.header('cache-control', 'no-cache');
  context.header('etag', found.etag);
  const known = (context.req.header('if-none-match') ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  if (known.includes(found.etag)) return context.body(null, 304);
  context.header('content-type', found.type);
  return context.body(found.bytes);
}

function sessionRoutes(app: Hono<ConsoleEnv>, access: Access): void {
  app.get('/api/session', (context) => {
    const proof = { address: addressOf(context), bearer: bearerOf(context), session: sessionOf(context) };
    const authenticated = access.admit(proof).kind === 'admitted';
    return context.json({ authenticated, tokenRequired: access.isTokenRequired } satisfies SessionState);
  });
  app.post('/api/session', async (context) => {
    const read = await bodyOf(context);
    if ('refusal' in read) return read.refusal;
    const { token } = read.body;
    if (typeof token !== 'string') return errorReply(context, 400, 'BAD_REQUEST', 'token is missing');
    const outcome = access.login(token, addressOf(context));
    if (outcome.kind !== 'admitted') return refusalReply(context, outcome);
    setCookie(context, sessionCookie(context), outcome.session, {
      path: '/',
      httpOnly: true,
      sameSite: 'Strict',
      // Set by a proxy with TLS; a forged value only makes the browser withhold its cookie.
      secure: context.req.header('x-forwarded-proto') === 'https',
    });
    return context.body(null, 204);
  });
  app.delete('/api/session', (context) => {
    const session = sessionOf(context);
    if (session !== undefined) access.logout(session);
    deleteCookie(context, sessionCookie(context), { path: '/', httpOnly: true, sameSite: 'Strict' });
    return context.body(null, 204);
  });
}

function liveRoutes(app: Hono<ConsoleEnv>, { streams, history, actions }: AppOptions): void {
  app.get('/api/live', (context) => {
    context.header('content-type', 'text/event-stream; charset=utf-8');
    // Stops nginx from buffering events.
    context.header('x-accel-buffering', 'no');
    // Hono answers HEAD with this route and drops its body.
    if (context.req.method === 'HEAD') return context.body(null);
    const stream = streams.open({
      isAllowed: context.get('isAllowed'),
      destroy: () => context.env.outgoing.destroy(),
    });
    if (stream !== undefined) return context.body(stream);
    context.header('retry-after', '10');
    return errorReply(context, 503, 'BUSY', 'too many pages are open, or the daemon is stopping');
  });
  app.get('/api/history', (context) => context.json(history()));
  app.get('/api/running', async (context) =>
    context.json(await actions.perform({ verb: 'running', args: {}, by: context.get('by') })),
  );
}
