import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { readArguments } from '../../../src/cli/arguments.js';
import { REPORT_FORMATS } from '../../../src/cli/validate/report.js';
import { RULES } from '../../../src/config/index.js';

const page = pageOf('docs/validating.md');

describe('docs/validating.md', () => {
  test('lists every rule with its meaning', () => {
    const rows = [...page.matchAll(/^\| `([\w-]+)` +\| (.*?) +\|$/gm)].map(([, rule, meaning]) => [
      rule,
      meaning?.replaceAll('`', ''),
    ]);
    for (const [rule, meaning] of Object.entries(RULES)) {
      assert.ok(
        rows.some(([name, text]) => name === rule && text === meaning.replaceAll('`', '')),
        `${rule}: ${meaning}`,
      );
    }
  });

  test('names every format, and so does --help', async () => {
    const help = await readArguments(['--help'], {});
    for (const format of REPORT_FORMATS) {
      assert.match(page, new RegExp(`^\\| \`${format}\` `, 'm'));
      assert.ok(help.kind === 'text' && help.text.includes(format));
    }
  });

  test('has command lines that are accepted', async () => {
    const commands = [...page.matchAll(/npx amqp-dispatcher ([^\n>]*)/g)].map(([, args = '']) =>
      args.trim().split(' '),
    );
    assert.ok(commands.length >= 6);
    for (const args of commands) assert.equal((await readArguments(args, {})).kind, 'run', args.join(' '));
  });
});

describe('README.md', () => {
  test('lists the flags of --validate with their variables', () => {
    const readme = pageOf('README.md');
    for (const flag of ['format', 'strict', 'broker']) {
      assert.match(readme, new RegExp(`^\\| \`--${flag}\` +\\| \`AMQP_DISPATCHER_${flag.toUpperCase()}\``, 'm'));
    }
  });
});

describe('docs/operations.md', () => {
  test('has a Dockerfile that validates the configuration at build', () => {
    assert.match(pageOf('docs/operations.md'), /^RUN .*amqp-dispatcher --validate/m);
  });

  test('has a systemd unit that runs node itself, as a user of its own and without privileges', () => {
    const unit = /```ini\n(.*?)```/s.exec(pageOf('docs/operations.md'))?.[1] ?? '';
    for (const line of ['DynamicUser=yes', 'NoNewPrivileges=yes', 'ProtectSystem=strict', 'CapabilityBoundingSet=']) {
      assert.ok(unit.split('\n').includes(line), line);
    }
    assert.match(unit, /^ExecStart=\S*node /m);
    assert.doesNotMatch(unit, /^MemoryDenyWriteExecute/m);
  });
});

function pageOf(path: string): string {
  return readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
}
