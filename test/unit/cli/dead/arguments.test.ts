import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDeadArguments } from '../../../../src/cli/dead/arguments/arguments.js';
import type { DeadCommand } from '../../../../src/cli/dead/arguments/dead-command.js';

async function go(...args: readonly string[]): Promise<DeadCommand> {
  const request = await readDeadArguments(args);
  assert.ok(request.kind === 'run', JSON.stringify(request));
  return request.command;
}

async function usage(...args: readonly string[]): Promise<string> {
  const request = await readDeadArguments(args);
  assert.ok(request.kind === 'usage', JSON.stringify(request));
  return request.message;
}

async function help(...args: readonly string[]): Promise<string> {
  const request = await readDeadArguments([...args, '--help']);
  assert.ok(request.kind === 'text', JSON.stringify(request));
  return request.text;
}

const queue = { name: 'email.dead', companion: 'email' };
const common = { queue, format: undefined, config: undefined };
const everything = { ids: [], conditions: [] };

describe('the command line of dead', () => {
  test('takes the queue or its dead queue, and selects every message by default', async () => {
    assert.deepEqual(await go('list', 'email'), { kind: 'list', ...common, selection: everything, limit: undefined });
    assert.deepEqual(await go('list', 'email.dead'), await go('list', 'email'));
    assert.deepEqual(await go('show', 'email'), { kind: 'show', ...common, selection: everything });
    const replay = {
      kind: 'replay',
      ...common,
      selection: everything,
      limit: undefined,
      isDryRun: false,
      target: undefined,
    };
    assert.deepEqual(await go('replay', 'email'), replay);
    assert.deepEqual(await go('purge', 'email'), { kind: 'purge', ...common, isConfirmed: false });
  });

  test('reads every flag', async () => {
    const flags = [
      '--id',
      'a',
      '--id=007',
      '--where',
      'reason=deaths',
      '--where',
      'cause~x',
      '--limit',
      '5',
      '--dry-run',
    ];
    assert.deepEqual(await go('replay', ...flags, '--format', 'json', '-c', 'a.yml', 'email'), {
      kind: 'replay',
      queue,
      format: 'json',
      config: 'a.yml',
      selection: {
        ids: ['a', '007'],
        conditions: [
          { kind: 'text', key: 'reason', operator: '=', text: 'deaths' },
          { kind: 'text', key: 'cause', operator: '~', text: 'x' },
        ],
      },
      limit: 5,
      isDryRun: true,
      target: undefined,
    });
    assert.deepEqual(await go('show', 'email', '4711'), {
      kind: 'show',
      ...common,
      selection: { ...everything, ids: ['4711'] },
    });
    assert.deepEqual(await go('purge', 'email', '-y'), { kind: 'purge', ...common, isConfirmed: true });
  });

  test('takes any queue by its exact name, and leaves the other words to the command', async () => {
    const exact = { queue: { name: 'orders.dlq' }, format: undefined, config: undefined };
    assert.deepEqual(await go('show', '--queue', 'orders.dlq', '4711'), {
      kind: 'show',
      ...exact,
      selection: { ...everything, ids: ['4711'] },
    });
    assert.deepEqual(await go('import', '-q', 'orders.dlq', 'a.jsonl', '--resume'), {
      kind: 'import',
      ...exact,
      file: 'a.jsonl',
      skipsPresent: true,
    });
    for (const words of [
      ['import', '-q', 'orders.dlq', '-'],
      ['import', 'orders', '-'],
    ]) {
      const command = await go(...words);
      assert.equal(command.kind === 'import' && command.file, '-');
    }
    assert.deepEqual(await go('list'), { kind: 'overview', format: undefined, config: undefined });
    assert.deepEqual(await go('browse'), { kind: 'browseAll', format: undefined, config: undefined });
  });

  test('uses the last value of a flag that takes one', async () => {
    const command = await go('list', 'email', '--limit', '1', '--limit', '2', '--format', 'json', '--format', 'table');
    assert.deepEqual(command, { kind: 'list', ...common, format: 'table', selection: everything, limit: 2 });
  });

  test('reports what is wrong and points to --help', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /^expected list, show, browse, replay, delete, purge, export or import/],
      [['lst', 'email'], /^"lst" is not a command, did you mean "list"\? \(expected list, show, browse,/],
      [['shwo', 'email'], /^"shwo" is not a command, did you mean "show"\?/],
      [['retry', 'email'], /^"retry" is not a command, did you mean "replay"\?/],
      [['email'], /^"email" is not a command \(expected list, /],
      [['list', 'email', '--wher', 'reason=x'], /^Unknown argument: wher, did you mean --where\?/],
      [['list', 'email', '--where', 'erorr=Timeout'], /^--where: "erorr" is not a key, did you mean "error-type"\?/],
      [['show'], /^expected a QUEUE, or --queue NAME/],
      [['list', '--limit', '1'], /^filters need a QUEUE/],
      [['browse', '--where', 'reason=x'], /^filters need a QUEUE/],
      [['list', '--queue', ''], /^--queue: the name of the queue is empty/],
      [['list', '--queue', 'a', 'b'], /[Uu]nknown argument.*b/],
      [['delete', 'email'], /^name the messages to delete/],
      [['export', 'email', '--remove'], /^--remove needs --output FILE/],
      [['import', 'email', ''], /^expected a FILE to import/],
      [['import', 'email'], /^expected a FILE to import/],
      [['list', 'email', '--older', '2 days'], /^--older: "2 days" is not an age/],
      [['list', ''], /the name of the queue is empty/],
      [['list', 'a', 'b'], /[Uu]nknown argument.*b/],
      [['browse', 'email', '--limit', '1'], /^browse takes no --limit\n/],
      [['purge', 'email', '--where', 'reason=x'], /^purge takes no --where \(dead delete does\)\n/],
      [['replay', 'email', '--where', 'reason'], /^--where: "reason" is not a condition/],
      [['replay', 'email', '--limit', '0'], /^--limit: "0" .*expected 1 or more/],
      [['replay', 'email', '--limit', '1e3'], /^--limit: "1e3"/],
      [['list', 'email', '--format', 'xml'], /^--format: "xml" is not a format \(expected one of table, json\)\n/],
      [['list', 'email', '--format', 'tabel'], /^--format: "tabel" is not a format, did you mean "table"\?/],
      [['purge', 'email', '--limit', '1'], /^purge takes no --limit \(dead delete does\)\n/],
      [['purge', 'email', '--limit=1', '--to', 'q'], /^purge takes no --limit and no --to\n/],
      [['show', 'email', '--yes'], /^show takes no --yes\n/],
      [['replay', 'email', '--dry-run=yes'], /^--dry-run: "yes" is neither true nor false/],
      [['replay', 'email', '--dryRun=1'], /^--dry-run: "1" is neither/],
    ];
    for (const [args, expected] of cases) {
      const message = await usage(...args);
      assert.match(message, expected);
      assert.match(message, /amqp-dispatcher dead --help/);
    }
  });

  test('keeps the conditions of browse as its filter would have them', async () => {
    const command = await go('browse', 'email', '--older', '2h', '--where', 'cause~no route', '--where=reason=deaths');
    assert.equal(command.kind === 'browse' && command.written, 'cause~"no route" reason=deaths older=2h');
  });

  test('says in the help of each command which file it reads, and calls the queue QUEUE', async () => {
    for (const command of ['list', 'browse']) {
      const text = (await help(command)).replaceAll(/\s+/g, ' ');
      assert.match(text, /\[default: none; without QUEUE config\.yml\]/);
      assert.match(text, new RegExp(`dead ${command} \\[QUEUE\\]`));
    }
    assert.match((await help('replay')).replaceAll(/\s+/g, ' '), /AMQP_DISPATCHER_CONFIG \[default: none\]/);
    assert.match(await help('import'), /dead import \[QUEUE\] \[FILE\]/);
  });

  test('prints help for -h, too', async () => {
    const request = await readDeadArguments(['list', '-h']);
    assert.equal(request.kind === 'text' && request.text, await help('list'));
  });

  test('prints help with examples for each command, and no password', async () => {
    assert.match(await help(), /Examples:[\s\S]*dead list email/);
    for (const command of ['list', 'show', 'browse', 'replay', 'delete', 'purge', 'export', 'import']) {
      const text = await help(command);
      assert.match(text, new RegExp(`Examples:[\\s\\S]*amqp-dispatcher dead ${command} email`));
      assert.match(text, command === 'list' ? /all dead queues/ : /"email" means\s+"email\.dead"/);
    }
    assert.doesNotMatch(await help(), /guest:guest/);
  });
});
