import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Outbox } from '../../../../workers/answer/outbox.js';
import { PublishRequests } from '../../../../workers/publish/publish-requests.js';
import { Publishes } from '../../../../workers/publish/publishes.js';
import { FakePort, isPort } from '../fake-port.js';

const TICKET = { cell: 0, generation: 1 };
const REFUSED = { name: 'DeliveryError', code: 'PUBLISH_REFUSED', message: 'refused' };

function open(): { publishes: Publishes; requests: PublishRequests; send: () => Promise<void> } {
  const port = new FakePort();
  assert.ok(isPort(port));
  const requests = new PublishRequests(new Outbox(port), 1);
  const publishes = new Publishes();
  return { publishes, requests, send: () => publishes.send(requests, TICKET, '', 'q', {}, 'a') };
}

describe('the wait for publishes', () => {
  test('is shared while no publish is added, because an ack of a batch asks for each message', async () => {
    const { publishes, requests, send } = open();
    void send();
    const [first, second] = [publishes.settled(), publishes.settled()];
    assert.equal(first, second);
    void send();
    const third = publishes.settled();
    assert.notEqual(third, first);
    requests.confirm(1);
    requests.confirm(2);
    await Promise.all([first, third]);
    assert.equal(publishes.areConfirmed, true);
    assert.notEqual(publishes.settled(), third);
  });

  test('rejects with a failure that nobody observed, and no longer once somebody has', async () => {
    const { publishes, requests, send } = open();
    const sent = send();
    const waits = publishes.settled();
    requests.refuse({ requestId: 1, error: REFUSED });
    await assert.rejects(waits, { code: 'PUBLISH_REFUSED' });
    await assert.rejects(publishes.settled(), { code: 'PUBLISH_REFUSED' });
    await assert.rejects(sent, { code: 'PUBLISH_REFUSED' });
    await publishes.settled();
  });
});
