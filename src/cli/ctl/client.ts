import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { readReply, type Verb, writeRequest } from '../../control/index.js';
import { DispatcherError, messageOf } from '../../errors/index.js';

/** Verbs that wait for the broker or for the start of threads have none. */
const ANSWER_MS = 10_000;
const LONGEST_REPLY = 256 * 1024 * 1024;

export interface ControlCall {
  readonly path: string;
  readonly verb: Verb;
  readonly args: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** True: waits as long as the daemon works. */
  readonly isLong?: boolean;
}

/** Returns the result. @throws DispatcherError `CONTROL_UNREACHABLE`, `CONTROL_REFUSED` */
export async function call({ path, verb, args, signal, isLong = false }: ControlCall): Promise<unknown> {
  const line = await exchange(path, writeRequest(verb, args, { user: userName(), pid: process.pid }), {
    signal,
    ...(isLong ? {} : { withinMs: ANSWER_MS }),
  });
  const reply = readReply(line);
  if (reply === undefined) throw unreachable(`${path} did not answer like an amqp-dispatcher daemon`);
  if (!reply.ok) throw new DispatcherError('CONTROL_REFUSED', reply.error.message);
  return reply.result;
}

/** True if a process listens there. */
export function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

export function unreachable(message: string, cause?: unknown): DispatcherError {
  return new DispatcherError('CONTROL_UNREACHABLE', message, { cause });
}

function exchange(
  path: string,
  request: string,
  { signal, withinMs }: { readonly signal: AbortSignal; readonly withinMs?: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(request));
    let answer = '';
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const interrupt = (): void => fail(unreachable('interrupted'));
    if (withinMs !== undefined) {
      socket.setTimeout(withinMs, () => fail(unreachable(`${path} did not answer within ${withinMs / 1_000} s`)));
    }
    signal.addEventListener('abort', interrupt);
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (answer.length > LONGEST_REPLY) fail(unreachable(`the answer of ${path} is too long`));
      if (!text.includes('\n')) return;
      socket.end();
      resolve(answer.slice(0, answer.indexOf('\n')));
    });
    socket.on('error', (error) => fail(unreachable(`cannot reach ${path}: ${whyNot(error)}`, error)));
    socket.on('close', () => {
      signal.removeEventListener('abort', interrupt);
      reject(unreachable(`${path} closed before it answered: the daemon may have stopped`));
    });
  });
}

function whyNot(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ECONNREFUSED') return 'no daemon listens there';
  if (code === 'ENOENT') return 'there is no such socket';
  if (code === 'EACCES') return 'it belongs to another user';
  return messageOf(error);
}

/** Undefined for a user without a name, as in some containers. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
