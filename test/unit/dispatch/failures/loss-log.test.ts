import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { isOfLoss, LossLog } from '../../../../src/dispatch/failures/loss-log.js';
import { type JsonRecord, parseRecord } from '../../../support/json-record.js';

const WARN = 40;

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a connection that is lost', () => {
  test('logs one line for all messages that ran, of any entry', async () => {
    const lines: (JsonRecord | undefined)[] = [];
    const logger = pino(
      { level: 'info', base: null, timestamp: false },
      { write: (line) => void lines.push(parseRecord(line)) },
    );
    const losses = new LossLog(logger);
    losses.note('mail', 3, 'the socket closed');
    losses.note('sms', 1, 'the socket closed');
    losses.note('mail', 2, 'the socket closed');
    await turn();
    losses.note('sms', 1, 'cancelled');
    await turn();
    const code = 'DELIVERY_LOST';
    assert.deepEqual(lines, [
      {
        level: WARN,
        code,
        running: 6,
        queues: { mail: 5, sms: 1 },
        msg: '6 running messages lost their channel and will be redelivered: the socket closed',
      },
      {
        level: WARN,
        code,
        running: 1,
        queues: { sms: 1 },
        msg: '1 running message lost its channel and will be redelivered: cancelled',
      },
    ]);
  });

  test('is found behind an error whose causes form a cycle', () => {
    const circle = new Error('in a circle');
    circle.cause = circle;
    assert.equal(isOfLoss(circle), false);
  });
});
