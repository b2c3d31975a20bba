import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Logger } from 'pino';
import { LogCredit } from '../../../src/bridge/index.js';
import { Outbox } from '../../../workers/answer/outbox.js';
import { WorkerLoggers } from '../../../workers/worker-logger.js';
import { type JsonRecord, parseRecord } from '../../support/json-record.js';
import { FakePort, isPort } from './fake-port.js';

/** The posted lines of a logger while the message `m-1` runs on its thread. */
function logged(write: (logger: Logger) => void): (JsonRecord | undefined)[] {
  const port = new FakePort();
  assert.ok(isPort(port));
  const options = { base: null, timestamp: false };
  const loggers = new WorkerLoggers({ level: 'info', options }, new Outbox(port), new LogCredit());
  write(loggers.create({ queue: 'q' }, () => ({ messageId: 'm-1', routingKey: 'k' })));
  return port.posted.flatMap((message) => (message.type === 'log' ? [parseRecord(message.line)] : []));
}

const LINE = { level: 30, queue: 'q', messageId: 'm-1', routingKey: 'k', msg: 'hello' };

describe('a thread logger', () => {
  test('adds its own fields and those of the running message', () => {
    assert.deepEqual(
      logged((logger) => logger.info('hello')),
      [LINE],
    );
  });

  test('keeps the fields that the consumer sets on a line or a child logger', () => {
    const lines = logged((logger) => {
      logger.info({ messageId: 'own' }, 'hello');
      logger.child({ messageId: 'own' }).info('hello');
      logger.child({ messageId: 'own' }).child({ more: 1 }).info('hello');
    });
    assert.deepEqual(lines, [
      { ...LINE, messageId: 'own' },
      { ...LINE, messageId: 'own' },
      { ...LINE, messageId: 'own', more: 1 },
    ]);
  });
});
