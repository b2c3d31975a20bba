import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PublishGate } from '../../../../src/broker/publish/publish-gate.js';

const LIMIT = 'NOT_ALLOWED - connection limit (1) is reached';

function gateAt(clock: { ms: number }): PublishGate {
  return new PublishGate({ patienceMs: 1_000, nowMs: () => clock.ms });
}

describe('the gate of the publish connection', () => {
  test('admits waiting publishers when the connection opens, and new ones while it is open', async () => {
    const gate = gateAt({ ms: 0 });
    const waiting = gate.opened();
    gate.open();
    await Promise.all([waiting, gate.opened()]);
  });

  test('keeps publishers waiting through short refusals', async () => {
    const clock = { ms: 0 };
    const gate = gateAt(clock);
    const waiting = gate.opened();
    assert.equal(gate.refused(LIMIT), undefined);
    clock.ms = 999;
    assert.equal(gate.refused(LIMIT), undefined);
    gate.open();
    await waiting;
  });

  test("fails waiting publishers with the broker's reason once refusals last, and lets later ones wait", async () => {
    const clock = { ms: 0 };
    const gate = gateAt(clock);
    gate.refused(LIMIT);
    const waiting = gate.opened();
    clock.ms = 1_000;
    gate.refused(LIMIT);
    await assert.rejects(waiting, {
      code: 'PUBLISH_REFUSED',
      message: new RegExp(LIMIT.replaceAll(/[()]/g, String.raw`\$&`)),
    });
    const later = gate.opened();
    gate.open();
    await later;
  });

  test('counts from the first refusal after the last channel', () => {
    const clock = { ms: 0 };
    const gate = gateAt(clock);
    gate.refused(LIMIT);
    gate.accepted();
    clock.ms = 5_000;
    assert.equal(gate.refused(LIMIT), undefined);
    clock.ms = 6_000;
    assert.equal(gate.refused(LIMIT)?.code, 'PUBLISH_REFUSED');
  });
});
