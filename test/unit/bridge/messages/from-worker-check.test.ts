import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeFieldTable } from '../../../../src/amqp/index.js';
import { boundedErrors, isCommand, isFromWorker, RECORD_HEADERS } from '../../../../src/bridge/index.js';
import { anything, hostileMessage } from '../../threads/hostile-messages.js';

const error = { name: 'Error', message: 'no' };
const claimId = { cell: 0, generation: 1 };

describe('the check of messages from a worker', () => {
  test('accepts every message of the protocol', () => {
    const messages = [
      { type: 'booted', threadId: 1 },
      { type: 'booted', threadId: 1, taskId: 4711 },
      { type: 'awake' },
      { type: 'began', step: { kind: 'module', subject: 'module "./a.mjs"' } },
      { type: 'shutdown_began' },
      { type: 'startup_done' },
      { type: 'startup_failed', error: { ...error, stack: 'at', code: 'X', cause: error } },
      { type: 'hosted', failures: [{ slot: 0, error }] },
      { type: 'host_failed', error },
      { type: 'batch', reports: [0, 1, 9], commands: [] },
      { type: 'batch', reports: [], commands: [], publishes: new ArrayBuffer(4) },
      { type: 'log', line: '{}\n' },
      { type: 'ended' },
    ];
    for (const message of messages) assert.ok(isFromWorker(message), message.type);
  });

  test('accepts every command', () => {
    const commands = [
      { type: 'failed', claimId, error },
      { type: 'failed', claimId, error, decision: { type: 'reject' } },
      { type: 'failed', claimId, error, decision: { type: 'retry' } },
      { type: 'failed', claimId, error, decision: { type: 'retry', delayMs: 0 } },
      { type: 'failed', claimId, error, decision: { type: 'invalid', errors: ['/a must be string'] } },
      { type: 'failed', claimId, error, goesOn: true },
      { type: 'slot_down', slot: 0 },
      { type: 'slot_up', slot: 0 },
      { type: 'slot_awake', slot: 0 },
    ];
    for (const command of commands) assert.ok(isCommand(command), command.type);
  });

  test('refuses a startup step that is malformed or too long', () => {
    const subject = 'module "./a.mjs"';
    for (const step of [
      undefined,
      {},
      { kind: 'toString', subject },
      { kind: 'module' },
      { kind: 'module', subject: 'x'.repeat(2_001) },
    ]) {
      assert.equal(isFromWorker({ type: 'began', step }), false, JSON.stringify(step)?.slice(0, 80));
    }
  });

  test('refuses an invalid decision', () => {
    const decisions = [null, 'reject', {}, { type: 'retry', delayMs: -1 }, { type: 'retry', delayMs: 0.5 }];
    for (const decision of [...decisions, { type: 'retry', delayMs: '5' }, { type: 'retry', delayMs: 2 ** 40 }]) {
      assert.equal(isCommand({ type: 'failed', claimId, error, decision }), false, JSON.stringify(decision));
    }
  });

  test('refuses validation errors that are malformed or too large for a header', () => {
    const holes: string[] = [];
    holes.length = 3;
    const many = Array.from({ length: 21 }, () => 'e');
    for (const errors of [undefined, 'e', [], [5], holes, many, ['e'.repeat(401)], ['ü'.repeat(201)]]) {
      const decision = { type: 'invalid', errors };
      assert.equal(isCommand({ type: 'failed', claimId, error, decision }), false, JSON.stringify(errors));
    }
  });

  test('accepts all errors that a worker finds, truncated', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 500 }), { minLength: 1, maxLength: 40 }), (found) => {
        const errors = boundedErrors(found);
        assert.ok(isCommand({ type: 'failed', claimId, error, decision: { type: 'invalid', errors } }));
      }),
      { numRuns: 200 },
    );
  });

  test('limits validation errors to 8 KiB in a header', () => {
    const errors = boundedErrors(Array.from({ length: 100 }, () => '€'.repeat(1_000)));
    const bytes = encodeFieldTable({ [RECORD_HEADERS.validationErrors]: errors }).length;
    assert.ok(bytes > 7_000 && bytes < 8_192, `${bytes}`);
  });

  test('refuses a failure that does not say whether its batch goes on', () => {
    for (const goesOn of [null, 1, 'yes', {}])
      assert.equal(isCommand({ type: 'failed', claimId, error, goesOn }), false);
  });

  test('refuses publishes that cannot be unpacked', () => {
    const circle: { name: string; message: string; cause?: object } = { ...error };
    circle.cause = circle;
    const endless: unknown[] = [];
    endless.length = 2 ** 32 - 1;
    const holes: unknown[] = [];
    holes.length = 2;
    const refused = [
      undefined,
      null,
      5,
      [],
      {},
      { type: 'strange' },
      { type: 'batch', reports: [] },
      { type: 'batch', reports: { length: 3 }, commands: [] },
      { type: 'batch', reports: endless, commands: [] },
      { type: 'batch', reports: [], commands: [], publishes: new SharedArrayBuffer(4) },
      { type: 'batch', reports: [], commands: [], publishes: new Uint8Array(4) },
      { type: 'log', line: 5 },
      { type: 'hosted', failures: [{ slot: '0', error }] },
      { type: 'hosted', failures: holes },
      { type: 'startup_failed', error: circle },
      { type: 'host_failed', error: circle },
    ];
    for (const message of refused) assert.equal(isFromWorker(message), false, JSON.stringify(refused.indexOf(message)));
    for (const command of [null, 'failed', { type: 'failed', claimId: null, error }, { type: 'slot_up', slot: '1' }]) {
      assert.equal(isCommand(command), false);
    }
  });

  test('never throws, whatever it gets', () => {
    fc.assert(
      fc.property(fc.oneof(hostileMessage, anything), (value) => {
        assert.equal(typeof isFromWorker(value), 'boolean');
        assert.equal(typeof isCommand(value), 'boolean');
      }),
      { numRuns: 2_000 },
    );
  });
});
