import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Logger } from 'pino';
import { type LineForm, LogCredit } from '../../../src/bridge/index.js';
import { Outbox } from '../../../workers/answer/outbox.js';
import { WorkerLoggers } from '../../../workers/worker-logger.js';
import { type JsonRecord, parseRecord } from '../../support/json-record.js';
import { FakePort, isPort } from './fake-port.js';

/** The posted lines of a logger while the message `m-1` runs on its thread. */
function posted(write: (logger: Logger) => void, changes: Partial<LineForm> = {}): string[] {
  const port = new FakePort();
  assert.ok(isPort(port));
  const form: LineForm = { time: 'none', level: 'number', isLogfmt: false, messageKey: 'msg', ...changes };
  const loggers = new WorkerLoggers(
    { level: 'info', options: { base: null }, form },
    new Outbox(port),
    new LogCredit(),
  );
  write(loggers.create({ queue: 'q' }, () => ({ messageId: 'm-1', routingKey: 'k' })));
  return port.posted.flatMap((message) => (message.type === 'log' ? [message.line] : []));
}

function logged(write: (logger: Logger) => void, changes: Partial<LineForm> = {}): (JsonRecord | undefined)[] {
  return posted(write, changes).map((line) => parseRecord(line));
}

const LINE = { level: 30, queue: 'q', messageId: 'm-1', routingKey: 'k', msg: 'hello' };

function hello(logger: Logger): void {
  logger.info('hello');
}

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

  test('writes the form of the daemon: level names, logfmt', () => {
    assert.deepEqual(logged(hello, { level: 'name' }), [{ ...LINE, level: 'info' }]);
    assert.deepEqual(posted(hello, { level: 'name', isLogfmt: true }), [
      'level=info msg=hello queue=q messageId=m-1 routingKey=k\n',
    ]);
  });
});
