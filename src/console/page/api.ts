import type { ActionRecord, HistoryPoint, RunningMessage, SessionState } from '../api.js';

/** A refusal or a failure of the daemon's HTTP interface. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** 0: no answer. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** @throws ApiError */
export async function readSession(): Promise<SessionState> {
  return read<SessionState>('api/session');
}

/** Resolves with false if the token is wrong. @throws ApiError */
export async function logIn(token: string): Promise<boolean> {
  const response = await send('api/session', { method: 'POST', body: { token } });
  if (response.status === 401) return false;
  await failUnlessOk(response);
  return true;
}

/** @throws ApiError */
export async function logOut(): Promise<void> {
  await failUnlessOk(await send('api/session', { method: 'DELETE' }));
}

/** @throws ApiError */
export async function readHistory(): Promise<readonly HistoryPoint[]> {
  return read<readonly HistoryPoint[]>('api/history');
}

/** The longest first. @throws ApiError */
export async function readRunning(): Promise<readonly RunningMessage[]> {
  return read<readonly RunningMessage[]>('api/running');
}

/** The newest first. @throws ApiError */
export async function readActions(): Promise<readonly ActionRecord[]> {
  return read<readonly ActionRecord[]>('api/actions');
}

/** Performs a verb of the control protocol; resolves with its result. @throws ApiError */
export async function act(verb: string, args: object = {}): Promise<unknown> {
  const answer = await post<{ readonly result: unknown }>(`api/actions/${encodeURIComponent(verb)}`, args);
  return answer.result;
}

/** GETs JSON from the daemon, whose shapes are those of src/console/api.ts. @throws ApiError */
export async function read<Answer>(path: string): Promise<Answer> {
  const response = await send(path, { method: 'GET' });
  await failUnlessOk(response);
  const answer: Answer = await response.json();
  return answer;
}

/** POSTs JSON and reads the answer. @throws ApiError */
export async function post<Answer>(path: string, body: object, signal?: AbortSignal): Promise<Answer> {
  const response = await send(path, { method: 'POST', body, ...(signal && { signal }) });
  await failUnlessOk(response);
  const answer: Answer = await response.json();
  return answer;
}

async function send(
  path: string,
  { body, ...init }: { readonly method: string; readonly body?: object; readonly signal?: AbortSignal },
): Promise<Response> {
  // Another site cannot send it, so the daemon knows its own page.
  const headers = { 'x-requested-with': 'amqp-dispatcher', ...(body && { 'content-type': 'application/json' }) };
  try {
    return await fetch(path, { ...init, headers, ...(body && { body: JSON.stringify(body) }) });
  } catch (cause) {
    throw new ApiError(0, 'the daemon does not answer', { cause });
  }
}

async function failUnlessOk(response: Response): Promise<void> {
  if (response.ok) return;
  throw new ApiError(response.status, (await refusalOf(response)) ?? `the daemon answered ${response.status}`);
}

/** The words of `{ error: { code, message } }`. */
async function refusalOf(response: Response): Promise<string | undefined> {
  try {
    const answer: { readonly error?: { readonly message?: unknown } } = await response.json();
    return typeof answer.error?.message === 'string' ? answer.error.message : undefined;
  } catch {
    return undefined;
  }
}
