import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { DaemonHttp } from '../../support/daemon/scrape.js';
import { PATIENCE_MS } from '../../support/daemon/stage.js';
import { isRecord, type JsonRecord, recordsOf } from '../../support/json-record.js';

/** An answer of the console: its status, and its body. */
export interface Answer {
  readonly status: number;
  readonly body: JsonRecord;
}

/** The interface of a daemon's console for its dead messages. */
export class DeadConsole {
  readonly vhost: TestVhost;
  readonly daemon: Daemon;
  readonly origin: string;

  private constructor(vhost: TestVhost, daemon: Daemon, origin: string) {
    this.vhost = vhost;
    this.daemon = daemon;
    this.origin = origin;
  }

  /** A daemon with a consumer on the queue `q`, whose dead messages go to `q.dead`; both queues are of this type. */
  static async ready(
    t: TestContext,
    { type, consumer = 'failing.mjs:Failing' }: { readonly type: string; readonly consumer?: string },
  ): Promise<DeadConsole> {
    const vhost = await testVhost(t);
    const daemon = await startDaemon(t, {
      url: vhost.url,
      args: ['--threads', '1'],
      config: {
        queues: [{ queue: 'q', x_queue_type: type }],
        consumers: [{ consumer: fixture(consumer), queue: 'q', retry: { attempts: 1 } }],
        http: { listen: '127.0.0.1:0', console: true },
      },
    });
    const { origin } = await DaemonHttp.of(daemon);
    await daemon.ready(PATIENCE_MS);
    return new DeadConsole(vhost, daemon, origin);
  }

  async get(path: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const url = `${this.origin}/api/dead${path}?${new URLSearchParams(query).toString()}`;
    return answerOf(await fetch(url, { headers: { 'x-requested-with': 'test' } }));
  }

  async post(action: 'replay' | 'delete', body: object, signal?: AbortSignal): Promise<Answer> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return answerOf(
      await fetch(`${this.origin}/api/dead/${action}`, signal === undefined ? init : { ...init, signal }),
    );
  }

  /** The list of `q.dead`, which must be readable. */
  async list(query: Readonly<Record<string, string>> = {}): Promise<{
    readonly page: JsonRecord;
    readonly look: string;
    readonly rows: readonly JsonRecord[];
  }> {
    const { status, body } = await this.get('/messages', { queue: 'q.dead', ...query });
    assert.equal(status, 200, JSON.stringify(body));
    return { page: body, look: String(body['look']), rows: recordsOf(body['messages']) };
  }

  /** The log of actions, newest first. */
  async actions(): Promise<readonly JsonRecord[]> {
    return recordsOf(await (await fetch(`${this.origin}/api/actions`)).json());
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const body: unknown = await response.json();
  assert.ok(isRecord(body), JSON.stringify(body));
  return { status: response.status, body };
}

/** Declares `q.dead` with its type; the daemon would at the first dead message. */
export async function declareDead({ vhost }: DeadConsole, type: string): Promise<void> {
  const limit = type === 'quorum' ? { 'x-delivery-limit': 2_147_483_647 } : {};
  await (await vhost.channel()).assertQueue('q.dead', { arguments: { 'x-queue-type': type, ...limit } });
}

/** Puts messages into `q.dead` that died in the queue `parked`, which nobody consumes; returns their ids. */
export async function bury(
  vhost: TestVhost,
  count: number,
  { errorType = 'TypeError', cause = 'no smtp', prefix = 'm' } = {},
): Promise<string[]> {
  await (await vhost.channel()).assertQueue('parked', { arguments: { 'x-queue-type': 'classic' } });
  const ids = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  const headers = {
    'x-amqp-dispatcher-queue': 'parked',
    'x-amqp-dispatcher-reason': 'exhausted',
    'x-amqp-dispatcher-error-type': errorType,
    'x-amqp-dispatcher-cause': cause,
  };
  await Promise.all(ids.map((messageId) => vhost.publish('q.dead', `body of ${messageId}`, { messageId, headers })));
  return ids;
}

/** The ids in a queue, which is empty afterwards, in their alphabetical order. */
export async function idsIn(vhost: TestVhost, queue: string): Promise<string[]> {
  return (await vhost.takeAll(queue)).map(({ properties }) => String(properties.messageId)).toSorted();
}
