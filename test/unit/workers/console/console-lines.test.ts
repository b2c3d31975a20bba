import assert from 'node:assert/strict';
import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { redirectOutput } from '../../../../workers/console/console-lines.js';

class Output {
  readonly stdout = new PassThrough({ decodeStrings: false });
  readonly stderr = new PassThrough({ decodeStrings: false });
  readonly console = new Console(this.stdout, this.stderr);
  readonly lines: string[] = [];

  constructor() {
    redirectOutput(this, (level, text) => this.lines.push(`${level} ${text}`));
  }
}

describe('the redirected output of a thread', () => {
  test('gives each call of the console one line at once, with the level of its method', () => {
    const { console, lines } = new Output();
    console.log('log %o', [1]);
    console.info('info');
    console.debug('debug');
    console.warn('warn\nof two lines');
    console.error('error');
    console.error('(node:7) DeprecationWarning: old');
    console.trace('here');
    assert.match(lines.pop() ?? '', /^debug Trace: here\n/);
    assert.deepEqual(lines, [
      'info log [ 1, [length]: 1 ]',
      'info info',
      'debug debug',
      'warn warn\nof two lines',
      'error error',
      'warn (node:7) DeprecationWarning: old',
    ]);
  });

  test('gives each write to a stream one line at once, and calls back', async () => {
    const { stdout, stderr, lines } = new Output();
    await new Promise((resolve) => {
      stdout.write('a\nb\n');
      stderr.write(Buffer.from('c ✓'));
      stdout.write('');
      stdout.cork();
      stdout.write('d ');
      stdout.write('e');
      stdout.uncork();
      stdout.write('f', resolve);
      assert.deepEqual(lines, ['info a\nb', 'warn c ✓', 'info d e', 'info f']);
    });
  });

  test('forgets the level of a method that throws', () => {
    const { console, lines } = new Output();
    const hostile = { [Symbol.for('nodejs.util.inspect.custom')]: () => assert.fail('on purpose') };
    assert.throws(() => console.error(hostile), /on purpose/);
    console.log('next');
    assert.deepEqual(lines, ['info next']);
  });
});
