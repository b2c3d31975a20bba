import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Outbox } from '../../../../workers/answer/outbox.js';
import { encodePublish } from '../../../../workers/publish/publish-encoder.js';
import { PublishRequests } from '../../../../workers/publish/publish-requests.js';
import { endOfTurn } from '../../../support/end-of-turn.js';
import { FakePort, isPort } from '../fake-port.js';

const TICKET = { cell: 0, generation: 1 };

function open(threads = 1): { requests: PublishRequests; sent: () => Promise<number[]>; port: FakePort } {
  const port = new FakePort();
  assert.ok(isPort(port));
  const sent = async (): Promise<number[]> => {
    await endOfTurn();
    return port.publishes.map(({ requestId }) => requestId);
  };
  return { requests: new PublishRequests(new Outbox(port), threads), sent, port };
}

describe('publish requests', () => {
  test('settle with their own replies', async () => {
    const { requests, sent } = open();
    const first = requests.send(TICKET, encodePublish('', 'q', {}, 'a'));
    const second = requests.send(TICKET, encodePublish('', 'q', {}, 'b'));
    assert.deepEqual(await sent(), [1, 2]);
    requests.refuse({ requestId: 2, error: { name: 'DeliveryError', code: 'PUBLISH_UNROUTABLE', message: 'no' } });
    requests.confirm(1);
    requests.confirm(99);
    await first;
    await assert.rejects(second, { name: 'DeliveryError', code: 'PUBLISH_UNROUTABLE' });
  });

  test('beyond the window wait in order until replies make room', async () => {
    const { requests, sent } = open();
    for (let count = 0; count < 300; count++) void requests.send(TICKET, encodePublish('', 'q', {}, 'a'));
    assert.equal((await sent()).length, 256);
    requests.confirm(1);
    assert.equal((await sent()).at(-1), 257);
  });

  test('that are large count by their bytes, but one may always go', async () => {
    const { requests, sent } = open();
    const huge = encodePublish('', 'q', {}, Buffer.alloc(20 * 1024 * 1024));
    void requests.send(TICKET, huge);
    void requests.send(TICKET, huge);
    assert.deepEqual(await sent(), [1]);
    requests.confirm(1);
    assert.deepEqual(await sent(), [1, 2]);
  });

  test('that are large free their room with their reply', async () => {
    const { requests, sent } = open();
    const large = encodePublish('', 'q', {}, Buffer.alloc(10 * 1024 * 1024));
    for (let count = 0; count < 4; count++) void requests.send(TICKET, large);
    assert.deepEqual(await sent(), [1, 2]);
    requests.confirm(1);
    assert.deepEqual(await sent(), [1, 2, 3]);
  });

  test('are drained when the last reply arrives, those that wait for room included', async () => {
    const { requests, sent } = open();
    let isDrained = false;
    const sending = Array.from({ length: 300 }, () => requests.send(TICKET, encodePublish('', 'q', {}, 'a')));
    const draining = (async () => {
      await requests.drained();
      isDrained = true;
    })();
    await sent();
    for (let id = 1; id < 300; id++) requests.confirm(id);
    await endOfTurn();
    assert.equal(isDrained, false);
    requests.refuse({ requestId: 300, error: { name: 'Error', message: 'no' } });
    await assert.rejects(Promise.all(sending));
    await draining;
    assert.equal(isDrained, true);
    await open().requests.drained();
  });

  test('of many threads have a smaller window each, which limits the main thread', async () => {
    const { requests, sent } = open(64);
    const half = encodePublish('', 'q', {}, Buffer.alloc(512 * 1024));
    for (let count = 0; count < 5; count++) void requests.send(TICKET, half);
    assert.deepEqual(await sent(), [1, 2]);
  });

  test("keep no reference to the caller's bytes", async () => {
    const { requests, sent, port } = open();
    const body = Buffer.from('before');
    void requests.send(TICKET, encodePublish('', 'q', { a: 1 }, body));
    body.fill('x');
    await sent();
    assert.equal(port.publishes[0]?.message.body.toString(), 'before');
  });
});
