import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readReply, readRequest, replyError, replyOk, writeRequest } from '../../../../src/control/socket/protocol.js';

describe('a control request', () => {
  test('is read as it was written, with the name of its user and process', () => {
    const line = writeRequest('pause', { entry: 'Email' }, { user: 'deploy', pid: 4711 });
    assert.ok(line.endsWith('}\n'));
    assert.deepEqual(readRequest(line), {
      verb: 'pause',
      args: { entry: 'Email' },
      by: 'ctl (deploy, process 4711)',
    });
  });

  test('without a believable name comes from ctl', () => {
    for (const from of [undefined, 5, {}, { user: 'a\nb', pid: 'x' }, { user: 'x'.repeat(65), pid: 0.5 }]) {
      assert.equal(readRequest(JSON.stringify({ v: 1, verb: 'status', from })).by, 'ctl');
    }
  });

  test('that is no request of this version is refused, and says why', () => {
    const wrong: readonly [line: string, message: RegExp][] = [
      ['', /a request is a line of JSON/],
      ['[]', /a request is a line of JSON/],
      ['{"v":2,"verb":"status"}', /version 1 of the control protocol/],
      ['{"v":1,"verb":"paus"}', /^there is no verb "paus", did you mean "pause"\?$/],
      ['{"v":1,"verb":"toString"}', /^there is no verb "toString" \(there are status, /],
      ['{"v":1,"verb":"pause","args":5}', /args is an object/],
    ];
    for (const [line, message] of wrong) assert.throws(() => readRequest(line), { code: 'CONTROL_REFUSED', message });
  });
});

describe('a control reply', () => {
  test('is read as it was written', () => {
    for (const reply of [replyOk([{ id: 1 }]), replyError('CONTROL_REFUSED', 'no')]) {
      assert.deepEqual(readReply(JSON.stringify(reply)), reply);
    }
  });

  test('of something else is none', () => {
    for (const line of ['', '5', '{"ok":true}', '{"v":1,"ok":false}', '{"v":1,"ok":false,"error":{"code":5}}']) {
      assert.equal(readReply(line), undefined);
    }
  });
});
