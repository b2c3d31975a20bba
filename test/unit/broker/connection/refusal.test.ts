import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerWords, isRefusal, isReproach, mayPass, reasonOf } from '../../../../src/broker/connection/refusal.js';

const closed = (code: number, words: string): Error =>
  new Error(`Connection closed: ${code} (NAME) with message "${words}"`);
const operation = (code: number, words: string): Error =>
  new Error(`Operation failed: QueueDeclare; ${code} (NAME) with message "${words}"`);
const handshake = (code: number, words: string): Error =>
  new Error(`Handshake terminated by server: ${code} (NAME) with message "${words}"`);

describe("the broker's reason in a refusal", () => {
  test('is extracted from every form of a close, also over several lines', () => {
    const text = 'INTERNAL_ERROR - Feature `a` is "deprecated".\nIts use';
    for (const error of [closed(541, text), operation(541, text), handshake(541, text)]) {
      assert.deepEqual(brokerWords(error), { code: 541, text });
      assert.equal(reasonOf(error), 'INTERNAL_ERROR - Feature `a` is "deprecated". Its use');
    }
  });

  test('is absent from errors that do not come from the broker', () => {
    for (const error of [
      new Error('connect ECONNREFUSED 127.0.0.1:530'),
      new Error('Unexpected close'),
      'text',
      null,
    ]) {
      assert.equal(brokerWords(error), undefined);
      assert.equal(isRefusal(error), false);
      assert.equal(isReproach(error), false);
      assert.equal(mayPass(error), false);
    }
  });
});

describe('a refusal', () => {
  // The texts of RabbitMQ 3.10.8, 4.0.5 and 4.3.6.
  const passing = [
    handshake(530, "NOT_ALLOWED - access to vhost 'v' refused for user 'guest': connection limit (0) is reached"),
    handshake(530, "NOT_ALLOWED - connection refused for user 'u': user connection limit (1) is reached"),
    handshake(530, 'NOT_ALLOWED - connection refused: node connection limit (0) is reached'),
    handshake(541, "INTERNAL_ERROR - access to vhost 'v' refused for user 'guest': vhost 'v' is down"),
    closed(
      530,
      "NOT_ALLOWED - number of channels opened for user 'u' has reached the maximum allowed user limit of (2)",
    ),
    closed(530, "NOT_ALLOWED - number of channels opened on node 'n' has reached the maximum allowed limit of 2"),
    operation(406, "PRECONDITION_FAILED - cannot declare queue 'q': queue limit in vhost 'v' (2) is reached"),
    operation(406, "PRECONDITION_FAILED - cannot declare queue 'q': queue limit in cluster (1) is reached"),
    operation(406, "PRECONDITION_FAILED - cannot declare exchange 'e' in vhost '/': exchange limit of 1 is reached"),
    operation(404, "NOT_FOUND - home node 'n' of durable queue 'q' in vhost '/' is down or inaccessible"),
    operation(404, "NOT_FOUND - failed to perform operation on queue 'q' in vhost '/' due to timeout"),
  ];
  const final = [
    handshake(403, 'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN.'),
    handshake(530, 'NOT_ALLOWED - vhost limit not found'),
    handshake(530, "NOT_ALLOWED - access to vhost 'rate-limit' refused for user 'u'"),
    operation(406, "PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q' in vhost '/'"),
    operation(404, "NOT_FOUND - no queue 'limit' in vhost '/'"),
    closed(503, "COMMAND_INVALID - unknown exchange type 'x-delayed-message'"),
  ];
  for (const error of passing) {
    test(`is temporary: ${reasonOf(error)}`, () => {
      assert.equal(mayPass(error), true);
      assert.equal(isRefusal(error), false);
    });
  }
  for (const error of final) {
    test(`is permanent: ${reasonOf(error)}`, () => assert.equal(mayPass(error), false));
  }

  test('of a user or a virtual host is permanent', () => {
    assert.deepEqual(final.slice(0, 3).map(isRefusal), [true, true, true]);
  });

  test('that closes the connection is blamed on the request, unless an operator or a stop closed it', () => {
    assert.equal(isReproach(closed(503, "COMMAND_INVALID - invalid exchange type 'foo'")), true);
    assert.equal(isReproach(closed(541, 'INTERNAL_ERROR')), true);
    assert.equal(
      isReproach(closed(320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'")),
      false,
    );
  });
});
