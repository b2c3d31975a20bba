import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import terminalLines from '../../../examples/terminal-lines.js';

/** Writes one line of the log; returns its text. */
async function written(line: object): Promise<string> {
  let text = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const stream = terminalLines({ colorize: false, hideObject: true, destination });
  stream.end(`${JSON.stringify({ level: 30, ...line })}\n`);
  await once(destination, 'finish');
  return text.trimEnd();
}

describe('a line of the example', () => {
  const consumer = 'EmailConsumer';

  for (const [what, line, text] of [
    ['of an instance', { consumer, instance: 0, thread: 0, msg: 'mail 1' }, 'EmailConsumer 0 on thread 0: mail 1'],
    ['of all instances', { consumer, repeated: 4, msg: '4 more' }, 'EmailConsumer: 4 more'],
    ['of the daemon', { thread: 1, msg: 'ready' }, 'ready'],
  ] as const) {
    test(`${what} names them and no others`, async () => {
      assert.equal(await written(line), `INFO: ${text}`);
    });
  }
});
