import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  isForbidden,
  isOverWhatWasSent,
  refusedOver,
  sizeLimitIn,
} from '../../../../src/broker/publish/publish-refusal.js';
import { DeliveryError, MessageTooLarge } from '../../../../src/errors/index.js';

/** The error of amqplib. */
function closed(what: 'Connection' | 'Channel', code: number, text: string): Error {
  const how = what === 'Channel' ? 'Channel closed by server' : 'Connection closed';
  return Object.assign(new Error(`${how}: ${code} (NAME) with message "${text}"`), { code });
}

const TOO_LARGE = closed(
  'Channel',
  406,
  'PRECONDITION_FAILED - message size 67108864 is larger than configured max size 16777216',
);

describe('the error for a close by the broker', () => {
  test('names a refused message only for a hard error that closed the connection', () => {
    for (const code of [501, 502, 540, 541]) assert.ok(isOverWhatWasSent(closed('Connection', code, 'INTERNAL_ERROR')));
    for (const error of [
      closed('Connection', 320, 'CONNECTION_FORCED - Closed via management plugin'),
      closed('Channel', 541, 'INTERNAL_ERROR'),
      Object.assign(new Error('a frame of ours was wrong'), { code: 501 }),
      new Error('read ECONNRESET'),
      // A limit: no message is to blame.
      closed(
        'Connection',
        530,
        "NOT_ALLOWED - number of channels opened for user 'u' has reached the maximum allowed user limit of 2",
      ),
    ]) {
      assert.equal(isOverWhatWasSent(error), false, error.message);
    }
  });

  test('names the size of a body that is too large, and the setting of the broker', () => {
    const error = refusedOver(TOO_LARGE);
    assert.ok(error instanceof MessageTooLarge);
    assert.deepEqual([error.code, error.name, error.cause], ['PUBLISH_REFUSED', 'DeliveryError', TOO_LARGE]);
    assert.match(
      error.message,
      /its body has 67108864 bytes, and the broker's max_message_size is 16777216 \(16 MiB by/,
    );
    assert.equal(sizeLimitIn(TOO_LARGE), 16_777_216);
  });

  test('otherwise quotes the broker', () => {
    const cause = closed('Channel', 403, "ACCESS_REFUSED - cannot publish to internal exchange 'x'");
    const error = refusedOver(cause);
    assert.ok(error instanceof DeliveryError && !(error instanceof MessageTooLarge));
    assert.match(error.message, /^the broker refused the message: .*internal exchange 'x'/);
    assert.deepEqual(
      [isForbidden(error), isForbidden(refusedOver(TOO_LARGE)), sizeLimitIn(cause)],
      [true, false, undefined],
    );
  });
});
