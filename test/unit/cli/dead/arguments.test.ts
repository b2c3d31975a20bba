import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DeadCommand, readDeadArguments } from '../../../../src/cli/dead/arguments.js';

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

const common = { queue: 'email.dead', format: undefined, config: undefined };
const everything = { ids: [], conditions: [] };

describe('the command line of dead', () => {
  test('takes the queue or its dead queue, and selects every message by default', async () => {
    assert.deepEqual(await go('list', 'email'), { kind: 'list', ...common, selection: everything, limit: undefined });
    assert.deepEqual(await go('list', 'email.dead'), await go('list', 'email'));
    assert.deepEqual(await go('show', 'email'), { kind: 'show', ...common, selection: everything });
    const replay = { kind: 'replay', ...common, selection: everything, limit: undefined, isDryRun: false };
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
      queue: 'email.dead',
      format: 'json',
      config: 'a.yml',
      selection: {
        ids: ['a', '007'],
        conditions: [
          { key: 'reason', operator: '=', text: 'deaths' },
          { key: 'cause', operator: '~', text: 'x' },
        ],
      },
      limit: 5,
      isDryRun: true,
    });
    assert.deepEqual(await go('show', 'email', '4711'), {
      kind: 'show',
      ...common,
      selection: { ...everything, ids: ['4711'] },
    });
    assert.deepEqual(await go('purge', 'email', '-y'), { kind: 'purge', ...common, isConfirmed: true });
  });

  test('uses the last value of a flag that takes one', async () => {
    const command = await go('list', 'email', '--limit', '1', '--limit', '2', '--format', 'json', '--format', 'table');
    assert.deepEqual(command, { kind: 'list', ...common, format: 'table', selection: everything, limit: 2 });
  });

  test('reports what is wrong and points to --help', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /^expected list, show, replay or purge/],
      [['lst', 'email'], /[Uu]nknown argument.*lst/],
      [['list'], /[Nn]ot enough/],
      [['list', ''], /the name of the queue is empty/],
      [['list', 'a', 'b'], /[Uu]nknown argument.*b/],
      [['list', 'email', '--id', 'a'], /[Uu]nknown argument.*id/],
      [['purge', 'email', '--where', 'reason=x'], /[Uu]nknown argument.*where/],
      [['replay', 'email', '--where', 'reason'], /^--where: "reason" is not a condition/],
      [['replay', 'email', '--limit', '0'], /^--limit: "0" .*expected 1 or more/],
      [['replay', 'email', '--limit', '1e3'], /^--limit: "1e3"/],
      [['list', 'email', '--format', 'xml'], /format.*xml/],
      [['replay', 'email', '--dry-run=yes'], /^--dry-run: "yes" is neither true nor false/],
      [['replay', 'email', '--dryRun=1'], /^--dry-run: "1" is neither/],
    ];
    for (const [args, expected] of cases) {
      const message = await usage(...args);
      assert.match(message, expected);
      assert.match(message, /amqp-dispatcher dead --help/);
    }
  });

  test('prints help with examples for each command, and no password', async () => {
    assert.match(await help(), /Examples:[\s\S]*dead list email/);
    for (const command of ['list', 'show', 'replay', 'purge']) {
      const text = await help(command);
      assert.match(text, new RegExp(`Examples:\\s+amqp-dispatcher dead ${command} email`));
      assert.match(text, /"email" means "email\.dead"/);
    }
    assert.doesNotMatch(await help(), /guest:guest/);
  });
});
