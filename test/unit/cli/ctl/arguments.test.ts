import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CtlCommand, readCtlArguments } from '../../../../src/cli/ctl/arguments.js';

/** What is run: the verb and its arguments. */
async function run(line: string): Promise<unknown> {
  const parsed = await readCtlArguments(line.split(' '));
  assert.equal(parsed.kind, 'run', `${line}: ${JSON.stringify(parsed)}`);
  return parsed.kind === 'run' ? [parsed.command.verb, parsed.command.args] : undefined;
}

async function read(...words: readonly string[]): Promise<CtlCommand | undefined> {
  const parsed = await readCtlArguments(words);
  return parsed.kind === 'run' ? parsed.command : undefined;
}

describe('the command line of ctl', () => {
  for (const [line, verb, args] of [
    ['status', 'status', {}],
    ['running', 'running', {}],
    ['top', 'live', {}],
    ['pause Email', 'pause', { entry: 'Email' }],
    ['pause 5', 'pause', { entry: '5' }],
    ['resume q/Email', 'resume', { entry: 'q/Email' }],
    ['resume --all', 'resume', { all: true }],
    ['quiet', 'quiet', {}],
    ['set Email prefetch 20', 'set', { entry: 'Email', key: 'prefetch', value: '20' }],
    ['set Email rate 50/s', 'set', { entry: 'Email', key: 'rate', value: '50/s' }],
    ['abort 7', 'abort', { id: 7, hard: false }],
    ['abort 7 --hard', 'abort', { id: 7, hard: true }],
    ['recycle', 'recycle', { group: undefined }],
    ['recycle shared', 'recycle', { group: 'shared' }],
  ] as const) {
    test(`asks for ${verb}: ${line}`, async () => assert.deepEqual(await run(line), [verb, args]));
  }

  test('takes the format, the daemon, and the number of reports', async () => {
    const plain = await read('status');
    assert.deepEqual([plain?.format, plain?.socket, plain?.pid], ['table', undefined, undefined]);
    const json = await read('status', '--format', 'json', '--pid', '12');
    assert.deepEqual([json?.format, json?.socket, json?.pid], ['json', undefined, 12]);
    assert.equal((await read('top', '--socket', '/run/a.sock', '--count', '3'))?.count, 3);
    assert.equal((await read('top'))?.count, undefined);
  });

  test('folds the frames of a stack unless it says --all', async () => {
    assert.deepEqual([(await read('stack', '2'))?.all, (await read('stack', '2', '--all'))?.all], [false, true]);
  });

  for (const [line, message] of [
    ['stauts', /^"stauts" is not a command, did you mean "status"\? \(expected status, running, top, .* or heap\)/],
    ['tpo', /^"tpo" is not a command, did you mean "top"\?/],
    ['entirely', /^"entirely" is not a command \(expected status, /],
    ['status --fromat json', /did you mean --format\?/],
    ['top --coutn 3', /did you mean --count\?/],
    ['status more', /^Unknown argument: more/],
    ['status --format xml', /Choices: "table", "json"/],
    ['top --count 0', /^--count: "0" is not a whole number above 0/],
    ['top --count many', /^--count: "many" is not a whole number above 0/],
    ['status --count 3', /^Unknown argument: count/],
    ['pause', /^expected pause ENTRY\n/],
    ['resume', /^expected ENTRY or --all/],
    ['resume Email --all', /^expected ENTRY or --all/],
    ['set Email prefetch', /^expected set ENTRY prefetch\|rate\|log-level VALUE\n/],
    ['--pid 5', /^expected status, running, top, /],
    ['abort first', /^"first" is not an id \(running lists them\)/],
    ['abort 0', /^"0" is not an id/],
    ['abort 7 --hard=maybe', /hard/],
    ['status --pid self', /^--pid: "self" is not the number of a process/],
    ['status --pid 5 --socket a', /^use --socket or --pid, not both/],
  ] as const) {
    test(`is refused with advice: ${line}`, async () => {
      const parsed = await readCtlArguments(line.split(' '));
      assert.equal(parsed.kind, 'usage', JSON.stringify(parsed));
      assert.match(parsed.kind === 'usage' ? parsed.message : '', message);
      assert.match(parsed.kind === 'usage' ? parsed.message : '', /\namqp-dispatcher ctl --help shows every command/);
    });
  }

  test('without a command names the commands, and --help lists each of them', async () => {
    const none = await readCtlArguments([]);
    assert.match(none.kind === 'usage' ? none.message : '', /^expected status, running, top, /);
    const help = await readCtlArguments(['--help']);
    const text = help.kind === 'text' ? help.text : '';
    for (const command of ['status', 'running', 'top', 'pause', 'resume', 'quiet', 'set', 'abort', 'recycle'])
      assert.match(text, new RegExp(`\\n  amqp-dispatcher ctl ${command}\\b`));
  });
});
