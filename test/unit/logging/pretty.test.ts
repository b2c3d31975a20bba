import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { prettyFormat } from '../../../src/logging/logging.js';

const FORGED = '[10:00:00.000] INFO: forged';
const HOSTILE = `\u001b[2J\u0007\u009b31m\u202e\n${FORGED}`;

async function shown(record: object, options = {}): Promise<string> {
  const format = await prettyFormat({ options, time: 'none', colorize: false });
  return format(`${JSON.stringify({ level: 30, ...record })}\n`);
}

describe('a pretty line', () => {
  test('escapes control characters of a message and indents its further lines', async () => {
    assert.equal(await shown({ msg: 'one\ttab' }), 'INFO: one\ttab\n');
    assert.equal(await shown({ msg: `hi ${HOSTILE}` }), `INFO: hi \\x1b[2J\\x07\\x9b31m\\u202e\n    ${FORGED}\n`);
    assert.equal(await shown({ text: 'a\nb' }, { messageKey: 'text' }), 'INFO: a\n    b\n');
  });

  test('has no control character and no forged line from an error, a field, a key or a caller', async () => {
    const error = new TypeError(HOSTILE);
    const { message, stack = '' } = error;
    const err = { type: 'TypeError', message, stack, code: HOSTILE, cause: { message, stack } };
    const text = await shown({ msg: 'fails', err, queue: HOSTILE, list: [HOSTILE], [HOSTILE]: 1, caller: HOSTILE });
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
    assert.deepEqual(
      text.split('\n').filter((line) => line.startsWith('[')),
      [],
    );
    assert.match(text, /TypeError: \\x1b\[2J/);
  });
});
