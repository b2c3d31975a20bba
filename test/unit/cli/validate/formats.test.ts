import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { render } from '../../../../src/cli/validate/formats/index.js';
import { relativeFile, repositoryFile } from '../../../../src/cli/validate/relative-file.js';
import type { Finding, Report } from '../../../../src/cli/validate/report.js';

const place = { file: 'config.yml', line: 3, column: 5 };
const key: Finding = { severity: 'problem', rule: 'schema', place, path: 'a,b:c', message: '50% <b>\nnext' };
const url: Finding = { severity: 'problem', rule: 'environment', path: 'RABBITMQ_URL', message: 'RABBITMQ_URL is bad' };
const valid: Report = { file: 'config.yml', version: '1.2.3', findings: [], counts: { queues: 2, consumers: 1 } };

function reportOf(...findings: Finding[]): Report {
  return { file: 'config.yml', version: '1.2.3', findings };
}

describe('the github format', () => {
  it('escapes what would end a workflow command or a property of it', () => {
    const { stdout } = render(reportOf(key), 'github');
    assert.equal(
      stdout,
      '::error file=config.yml,line=3,col=5,title=a%2Cb%3Ac (schema)::50%25 <b>%0Anext\n1 problem found, nothing was run\n',
    );
  });

  it('annotates no line for a finding outside the files', () => {
    assert.match(
      render(reportOf(url), 'github').stdout,
      /^::error title=RABBITMQ_URL \(environment\)::RABBITMQ_URL is bad\n/,
    );
  });
});

describe('the junit format', () => {
  it('has one passed test for a valid file', () => {
    const { stdout } = render(valid, 'junit');
    assert.match(stdout, /tests="1" failures="0" errors="0" skipped="0"/);
    assert.match(
      stdout,
      /<testcase classname="config\.yml" name="config\.yml is valid \(queues: 2, consumers: 1\)" .*\/>/,
    );
  });

  it('escapes markup, and replaces characters that XML cannot hold', () => {
    const { stdout } = render(reportOf({ ...key, message: '<a> & "b" \u0007' }), 'junit');
    assert.match(stdout, /message="&lt;a&gt; &amp; &quot;b&quot; \uFFFD"/);
  });
});

describe('the sarif format', () => {
  it('places a finding outside the files at the start of the configuration, where code scanning shows it', () => {
    const [run] = JSON.parse(render(reportOf(url), 'sarif').stdout).runs;
    assert.deepEqual(run.results[0].locations[0].physicalLocation, {
      artifactLocation: { uri: 'config.yml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 1, startColumn: 1 },
    });
    assert.deepEqual(
      run.tool.driver.rules.map(({ id }: { id: string }) => id),
      ['environment'],
    );
  });
});

describe('the json format', () => {
  it('names version, counts and broker of a valid file', () => {
    const { stdout } = render({ ...valid, broker: 'RabbitMQ 4.0.5' }, 'json');
    assert.deepEqual(JSON.parse(stdout), {
      file: 'config.yml',
      version: '1.2.3',
      valid: true,
      problems: 0,
      warnings: 0,
      queues: 2,
      consumers: 1,
      broker: 'RabbitMQ 4.0.5',
      findings: [],
    });
  });
});

describe('the text format', () => {
  it('shows a long line of a syntax error around its column, without control characters', () => {
    const excerpt = `${'a'.repeat(300)}\u001b[31m`;
    const finding: Finding = { ...key, message: 'bad', path: '', place: { ...place, column: 301 }, excerpt };
    const [, line = '', caret = ''] = render(reportOf(finding), 'text').stderr.split('\n');
    assert.ok(line.length < 110);
    assert.equal(line.indexOf('·'), caret.indexOf('^'));
  });
});

describe('relativeFile', () => {
  it('starts at the working directory, and leaves files outside of it alone', () => {
    assert.equal(relativeFile('/srv/app/config/a.yml', '/srv/app'), 'config/a.yml');
    assert.equal(relativeFile('./a.yml', '/srv/app'), 'a.yml');
    assert.equal(relativeFile('/etc/a.yml', '/srv/app'), '/etc/a.yml');
  });
});

describe('repositoryFile', () => {
  it('starts at GITHUB_WORKSPACE, also from a folder below it, as annotations need it', () => {
    const options = { workspace: '/repo', workingDir: '/repo/services/mail' };
    assert.equal(repositoryFile('config.yml', options), 'services/mail/config.yml');
    assert.equal(repositoryFile('../shared.yml', options), 'services/shared.yml');
    assert.equal(repositoryFile('/repo/a.yml', options), 'a.yml');
  });

  it('starts at the working directory without that variable, and for a file outside of it', () => {
    assert.equal(repositoryFile('./a.yml', { workspace: '', workingDir: '/srv/app' }), 'a.yml');
    assert.equal(repositoryFile('a.yml', { workspace: '/repo', workingDir: '/srv/app' }), 'a.yml');
    assert.equal(repositoryFile('/etc/a.yml', { workspace: '/repo', workingDir: '/repo' }), '/etc/a.yml');
  });
});
