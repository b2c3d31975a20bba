import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Command } from '../../../src/protocol/index.js';
import { Outbox } from '../../../workers/outbox.js';
import { encodePublish } from '../../../workers/publish-encoder.js';
import { PublishRequests } from '../../../workers/publish-requests.js';
import { FakePort, isPort } from './fake-port.js';

const TICKET = { cell: 0, generation: 1 };

/** Keeps the commands themselves: what they refer to is what structured clone would copy. */
class CommandBox extends Outbox {
  readonly kept: Command[] = [];

  override command(command: Command): void {
    this.kept.push(command);
  }
}

function open(threads = 1): { requests: PublishRequests; sent: () => number[]; box: CommandBox } {
  const port = new FakePort();
  assert.ok(isPort(port));
  const box = new CommandBox(port);
  const sent = (): number[] => box.kept.flatMap((command) => (command.type === 'publish' ? [command.requestId] : []));
  return { requests: new PublishRequests(box, threads), sent, box };
}

describe('publish requests', () => {
  test('settle each with its own reply', async () => {
    const { requests, sent } = open();
    const first = requests.send(TICKET, encodePublish('', 'q', {}, 'a'));
    const second = requests.send(TICKET, encodePublish('', 'q', {}, 'b'));
    assert.deepEqual(sent(), [1, 2]);
    requests.settle({
      requestId: 2,
      ok: false,
      error: { name: 'DeliveryError', code: 'PUBLISH_UNROUTABLE', message: 'no' },
    });
    requests.settle({ requestId: 1, ok: true });
    requests.settle({ requestId: 99, ok: true });
    await first;
    await assert.rejects(second, { name: 'DeliveryError', code: 'PUBLISH_UNROUTABLE' });
  });

  test('beyond the window wait in order until replies make room', () => {
    const { requests, sent } = open();
    for (let count = 0; count < 300; count++) void requests.send(TICKET, encodePublish('', 'q', {}, 'a'));
    assert.equal(sent().length, 256);
    requests.settle({ requestId: 1, ok: true });
    assert.equal(sent().at(-1), 257);
  });

  test('that are large take room by their bytes, but one may always go', () => {
    const { requests, sent } = open();
    const huge = encodePublish('', 'q', {}, Buffer.alloc(20 * 1024 * 1024));
    void requests.send(TICKET, huge);
    void requests.send(TICKET, huge);
    assert.deepEqual(sent(), [1]);
    requests.settle({ requestId: 1, ok: true });
    assert.deepEqual(sent(), [1, 2]);
  });

  test('of many threads have a smaller window each, so that the main thread holds no more', () => {
    const { requests, sent } = open(64);
    const half = encodePublish('', 'q', {}, Buffer.alloc(512 * 1024));
    for (let count = 0; count < 5; count++) void requests.send(TICKET, half);
    assert.deepEqual(sent(), [1, 2]);
  });

  test('take only their own bytes along, not the buffer that they are a view of', () => {
    const { requests, box } = open();
    const body = Buffer.alloc(64 * 1024).subarray(10, 20);
    void requests.send(TICKET, encodePublish('', 'q', { a: 1 }, body));
    const [command] = box.kept;
    assert.ok(command?.type === 'publish');
    assert.equal(command.publish.body.buffer.byteLength, 10);
    assert.equal(command.publish.headers.buffer.byteLength, command.publish.headers.byteLength);
  });
});
