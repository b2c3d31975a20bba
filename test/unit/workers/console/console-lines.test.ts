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
  fault: Error | undefined;

  constructor() {
    redirectOutput(this, (level, text) => {
      if (this.fault !== undefined) throw this.fault;
      this.lines.push(`${level} ${text}`);
    });
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

  for (const [name, open] of [
    ['a write', (output: Output) => output.console.log('lost')],
    ['a corked write', writeCorked],
    ['a last text', (output: Output) => output.stdout.end('lost')],
  ] as const) {
    test(`goes on after ${name} that throws, and holds nothing back`, () => {
      const output = new Output();
      output.fault = new Error('on purpose');
      open(output);
      output.fault = undefined;
      output.stderr.write('next');
      if (!output.stdout.writableEnded) output.stdout.write('last');
      assert.deepEqual(output.lines, output.stdout.writableEnded ? ['warn next'] : ['warn next', 'info last']);
      assert.equal(output.stdout.writableLength, 0);
    });
  }

  test('goes on after a recursion that exhausts the stack', () => {
    const { console, stdout, lines } = new Output();
    const deep = (): void => {
      console.log('deep');
      deep();
    };
    for (let round = 0; round < 5; round++) assert.throws(deep, RangeError);
    lines.length = 0;
    console.log('next');
    stdout.write('last');
    assert.deepEqual([lines, stdout.writableLength], [['info next', 'info last'], 0]);
  });

  test('cuts a text after 1 Mi characters and says how many there are more', () => {
    const { console, lines } = new Output();
    const most = 1024 * 1024;
    console.log('x'.repeat(most));
    console.log(`${'x'.repeat(most)}abc`);
    assert.deepEqual(lines, [`info ${'x'.repeat(most)}`, `info ${'x'.repeat(most)}… (3 more characters)`]);
  });

  test('decodes a write with an encoding, and a character that two writes share', () => {
    const { stdout, stderr, lines } = new Output();
    stdout.write('aGVsbG8=', 'base64');
    stdout.write('c3a9', 'hex');
    stdout.write('é', 'utf-8');
    stdout.cork();
    stdout.write('aGk=', 'base64');
    stdout.uncork();
    const [first, second] = [Buffer.from('a ✓').subarray(0, 3), Buffer.from('a ✓').subarray(3)];
    stdout.write(first);
    stderr.write('between');
    stdout.write(second);
    stdout.write(first);
    stdout.write('text');
    stdout.end('d29ybGQ=', 'base64');
    const expected = ['info hello', 'info é', 'info é', 'info hi', 'info a ', 'warn between', 'info ✓', 'info a '];
    assert.deepEqual(lines, [...expected, 'info \ufffdtext', 'info world']);
  });

  test('refuses what a stream refuses: a number, an unknown encoding, and a write after the end', async () => {
    const { stdout, lines } = new Output();
    const write = stdout.write.bind(stdout);
    assert.throws(() => Reflect.apply(write, undefined, [7]), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => Reflect.apply(write, undefined, ['a', 'klingon']), { code: 'ERR_UNKNOWN_ENCODING' });
    stdout.end();
    const refused = new Promise((resolve) => stdout.once('error', resolve));
    stdout.write('late');
    assert.match(String(await refused), /write after end/);
    assert.deepEqual(lines, []);
  });
});

function writeCorked({ stdout }: Output): void {
  stdout.cork();
  stdout.write('a');
  stdout.write('b');
  stdout.uncork();
}
