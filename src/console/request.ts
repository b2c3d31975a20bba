import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import type { SecureHeadersVariables } from 'hono/secure-headers';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { isRecord } from '../bridge/index.js';
import type { ConsoleErrorCode, ErrorReply } from './api.js';

/** What every route of the console gets from Hono. */
export interface ConsoleEnv {
  Bindings: HttpBindings;
  Variables: SecureHeadersVariables & {
    /** Who asks, for the log: `console (127.0.0.1)`. */
    by: string;
    /** False once the session of the request has ended. */
    isAllowed: () => boolean;
  };
}

export type ConsoleContext = Context<ConsoleEnv>;

/** Answers with an error as JSON, without a stack. */
export function errorReply(
  context: Context,
  status: ContentfulStatusCode,
  code: ConsoleErrorCode,
  message: string,
): Response {
  return context.json({ error: { code, message } } satisfies ErrorReply, status);
}

/** The address of the other end of the connection, which may be a proxy's. */
export function addressOf({ env }: ConsoleContext): string {
  return (env.incoming.socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
}

/** The session of the cookie. */
export function sessionOf(context: ConsoleContext): string | undefined {
  return getCookie(context, sessionCookie(context));
}

/** Its name has the port: browsers keep the cookies of a host together, and several daemons may be on one. */
export function sessionCookie(context: ConsoleContext): string {
  const port = /:(\d{1,5})$/.exec(context.req.header('host') ?? '')?.[1];
  return port === undefined ? 'amqp-dispatcher' : `amqp-dispatcher-${port}`;
}

/** The token of `Authorization: Bearer TOKEN`. */
export function bearerOf(context: ConsoleContext): string | undefined {
  return /^Bearer +(\S.*)$/i.exec(context.req.header('authorization') ?? '')?.[1];
}

/** The JSON object of the body, an empty one if there is no body; or the answer to any other body. */
export async function bodyOf(
  context: ConsoleContext,
): Promise<{ readonly body: Readonly<Record<string, unknown>> } | { readonly refusal: Response }> {
  try {
    const text = await context.req.text();
    const body: unknown = text === '' ? {} : JSON.parse(text);
    if (isRecord(body)) return { body };
  } catch {
    // Not JSON, or the client disconnected: no log line, because a client could flood the log.
  }
  return { refusal: errorReply(context, 400, 'BAD_REQUEST', 'the body is not a JSON object') };
}
