import type {
  ActionRecord,
  HistoryPoint,
  LiveEntry,
  LiveReport,
  LiveThread,
  RunningMessage,
} from '../control/index.js';

/** The types of the console's HTTP interface, for the server and the page. Types only. */
export type { ActionRecord, HistoryPoint, LiveEntry, LiveReport, LiveThread, RunningMessage };

/** `GET /api/session` */
export interface SessionState {
  readonly authenticated: boolean;
  /** False: the daemon listens on loopback without `http.token_file`. */
  readonly tokenRequired: boolean;
}

/** Body of `POST /api/session`. */
export interface LoginRequest {
  readonly token: string;
}

/** Why the console refused a request; `CONTROL_REFUSED` and the other codes of docs/errors.md come with status 409. */
export type ConsoleErrorCode =
  | 'BAD_REQUEST'
  | 'BODY_TOO_LARGE'
  | 'BUSY'
  | 'CROSS_SITE'
  | 'FAILED'
  | 'HOST_REFUSED'
  | 'LENGTH_REQUIRED'
  | 'LOGIN_REQUIRED'
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_FOUND'
  | 'NOT_JSON'
  | 'TOKEN_WRONG'
  | 'TOO_MANY_LOGINS';

/** Body of every answer of `/api` with a status of 400 or more. */
export interface ErrorReply {
  readonly error: { readonly code: string; readonly message: string };
}

/** Answer to `POST /api/actions/VERB`: the result that `ctl VERB --format json` prints. */
export interface ActionReply {
  readonly result: unknown;
}
