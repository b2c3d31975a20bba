import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainedByOffer, frameSizeWarning } from '../../../../src/broker/connection/frame-size.js';

test('only a frame size that newer brokers refuse causes a warning', () => {
  const warning = frameSizeWarning(4_096);
  assert.match(String(warning), /^the broker's frame_max is 4096: .* require at least 8192/);
  for (const frameMax of [8_192, 131_072]) {
    assert.equal(frameSizeWarning(frameMax), undefined);
  }
});

test('a silently closed attempt is explained by the offered frame size if that is the cause', () => {
  const error = new Error('read ECONNRESET');
  const explained = (bytes: number | undefined): unknown => explainedByOffer(error, bytes);
  const why =
    "(the broker's frame_max is 4096, and RabbitMQ 4.1 and later require at least 8192: set it in rabbitmq.conf)";
  assert.equal(String(explained(4_096)), `Error: read ECONNRESET ${why}`);
  for (const bytes of [undefined, 0, 8_192, 131_072]) assert.equal(explained(bytes), error);
  const said = new Error('Handshake terminated by server: 403 (ACCESS-REFUSED) with message "no"');
  assert.equal(explainedByOffer(said, 4_096), said);
});
