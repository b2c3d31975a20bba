import { isRecord } from '../../bridge/index.js';
import { DispatcherError, type ErrorCode, nearestWord } from '../../errors/index.js';

/**
 * The protocol of the control socket: one line of JSON per request, and one per reply, in order.
 *
 *     {"v":1,"verb":"pause","args":{"entry":"Email"},"from":{"user":"deploy","pid":4711}}
 *     {"v":1,"ok":true,"result":…}  or  {"v":1,"ok":false,"error":{"code":"CONTROL_REFUSED","message":"…"}}
 */
export const PROTOCOL_VERSION = 1;
/** A longer request ends its connection. */
export const MAX_REQUEST_BYTES = 64 * 1024;

export const VERBS = [
  'status',
  'running',
  'live',
  'pause',
  'resume',
  'quiet',
  'set',
  'abort',
  'recycle',
  'stack',
  'profile',
  'heap',
] as const;
export type Verb = (typeof VERBS)[number];

export interface ControlRequest {
  readonly verb: Verb;
  readonly args: Readonly<Record<string, unknown>>;
  /** Who asks, for the log: `ctl (deploy, process 4711)`. */
  readonly by: string;
}

export type ControlReply =
  | { readonly v: typeof PROTOCOL_VERSION; readonly ok: true; readonly result: unknown }
  | {
      readonly v: typeof PROTOCOL_VERSION;
      readonly ok: false;
      readonly error: { readonly code: string; readonly message: string };
    };

/** What a client sends. */
export function writeRequest(
  verb: Verb,
  args: Readonly<Record<string, unknown>>,
  from: { readonly user?: string | undefined; readonly pid: number },
): string {
  return `${JSON.stringify({ v: PROTOCOL_VERSION, verb, args, from })}\n`;
}

/** @throws DispatcherError `CONTROL_REFUSED` */
export function readRequest(line: string): ControlRequest {
  const request = parsed(line);
  if (!isRecord(request)) throw refused('a request is a line of JSON: {"v":1,"verb":"status"}');
  const { v, verb, args = {}, from } = request;
  if (v !== PROTOCOL_VERSION) throw refused(`this daemon speaks version ${PROTOCOL_VERSION} of the control protocol`);
  const known = VERBS.find((each) => each === verb);
  if (known === undefined) throw refused(unknownWord('verb', String(verb), VERBS));
  if (!isRecord(args)) throw refused('args is an object');
  return { verb: known, args, by: nameOf(from) };
}

export function replyOk(result: unknown): ControlReply {
  return { v: PROTOCOL_VERSION, ok: true, result };
}

export function replyError(code: ErrorCode, message: string): ControlReply {
  return { v: PROTOCOL_VERSION, ok: false, error: { code, message } };
}

/** The reply in a line; undefined if the line is not a reply. */
export function readReply(line: string): ControlReply | undefined {
  const reply = parsed(line);
  if (!isRecord(reply) || reply['v'] !== PROTOCOL_VERSION) return undefined;
  const { ok, result, error } = reply;
  if (ok === true) return replyOk(result);
  if (!isRecord(error) || typeof error['code'] !== 'string' || typeof error['message'] !== 'string') return undefined;
  return { v: PROTOCOL_VERSION, ok: false, error: { code: error['code'], message: error['message'] } };
}

/** An error whose message the client gets unchanged. */
export function refused(message: string): DispatcherError {
  return new DispatcherError('CONTROL_REFUSED', message);
}

/** `there is no entry "Emial", did you mean "Email"?` */
export function unknownWord(what: string, word: string, words: readonly string[]): string {
  const nearest = nearestWord(word, words);
  const known = nearest === undefined ? ` (there are ${words.join(', ')})` : `, did you mean "${nearest}"?`;
  return `there is no ${what} "${word}"${known}`;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The client names itself: only the same user or root can open the socket. */
function nameOf(from: unknown): string {
  if (!isRecord(from)) return 'ctl';
  const { user, pid } = from;
  const parts = [
    ...(typeof user === 'string' && /^[\w.@-]{1,64}$/.test(user) ? [user] : []),
    ...(typeof pid === 'number' && Number.isSafeInteger(pid) ? [`process ${pid}`] : []),
  ];
  return parts.length === 0 ? 'ctl' : `ctl (${parts.join(', ')})`;
}
