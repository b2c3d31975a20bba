import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { Access } from '../../../../src/console/security/access.js';

const TOKEN = 'the-first-token-of-the-console';
const OTHER = 'the-second-token-of-the-console';
const ADDRESS = '10.0.0.1';
const NOTHING = { address: ADDRESS, bearer: undefined, session: undefined };

interface Opened {
  readonly access: Access;
  readonly lines: readonly string[];
  readonly folder: string;
  readonly file: string;
  readonly pass: (ms: number) => void;
}

/** Access by a token file that is a link, as in a volume of Kubernetes. */
function open(t: TestContext, content = `${TOKEN}\n`): Opened {
  const folder = mkdtempSync(join(tmpdir(), 'console-access-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'token');
  writeFileSync(join(folder, 'first'), content);
  symlinkSync('first', file);
  let nowMs = 0;
  const lines: string[] = [];
  const access = new Access({
    tokenFile: file,
    nowMs: () => nowMs,
    logger: pino({ base: null, timestamp: false }, { write: (line) => void lines.push(line) }),
  });
  return { access, lines, folder, file, pass: (ms) => void (nowMs += ms) };
}

function sessionOf(access: Access): string {
  const outcome = access.login(TOKEN, ADDRESS);
  assert.ok(outcome.kind === 'admitted');
  return outcome.session;
}

describe('access to the console', () => {
  test('needs nothing if there is no token', () => {
    const access = new Access({ tokenFile: undefined, nowMs: () => 0, logger: pino({ level: 'silent' }) });
    assert.equal(access.admit(NOTHING).kind, 'admitted');
    assert.equal(access.isTokenRequired, false);
  });

  test('needs the session of a login, or the token itself', (t) => {
    const { access } = open(t);
    assert.deepEqual(access.admit(NOTHING), { kind: 'login' });
    assert.deepEqual(access.admit({ ...NOTHING, session: 'x' }), { kind: 'login' });
    assert.equal(access.admit({ ...NOTHING, bearer: TOKEN }).kind, 'admitted');
    const session = sessionOf(access);
    assert.equal(access.admit({ ...NOTHING, session }).kind, 'admitted');
    access.logout(session);
    assert.deepEqual(access.admit({ ...NOTHING, session }), { kind: 'login' });
  });

  test('refuses a wrong token, logs its sender and never the token', (t) => {
    const { access, lines } = open(t);
    for (const wrong of ['', TOKEN.slice(1), `${TOKEN}\n`, `${TOKEN} `]) {
      assert.deepEqual(access.login(wrong, ADDRESS), { kind: 'wrong' });
    }
    assert.equal(lines.length, 4);
    assert.equal(lines[0], `{"level":40,"address":"${ADDRESS}","msg":"console: wrong token from ${ADDRESS}"}\n`);
    assert.ok(!lines.join('').includes(TOKEN.slice(1)));
  });

  test('makes an address wait after 5 wrong tokens, for logins and bearers, and leaves its sessions', (t) => {
    const { access, pass } = open(t);
    const session = sessionOf(access);
    for (let count = 0; count < 5; count++) access.admit({ ...NOTHING, bearer: 'wrong' });
    assert.deepEqual(access.login(TOKEN, ADDRESS), { kind: 'wait', waitMs: 60_000 });
    assert.deepEqual(access.admit({ ...NOTHING, bearer: TOKEN }), { kind: 'wait', waitMs: 60_000 });
    assert.equal(access.admit({ ...NOTHING, session }).kind, 'admitted');
    assert.equal(access.login(TOKEN, '10.0.0.2').kind, 'admitted');
    pass(60_000);
    assert.equal(access.login(TOKEN, ADDRESS).kind, 'admitted');
  });

  test('ends every session and stream when the file holds another token, within a second', (t) => {
    const { access, lines, folder, file, pass } = open(t);
    const bySession = access.admit({ ...NOTHING, session: sessionOf(access) });
    const byToken = access.admit({ ...NOTHING, bearer: TOKEN });
    assert.ok(bySession.kind === 'admitted' && byToken.kind === 'admitted');
    writeFileSync(join(folder, 'second'), OTHER);
    symlinkSync('second', join(folder, 'next'));
    renameSync(join(folder, 'next'), file);
    assert.deepEqual([bySession.isAllowed(), byToken.isAllowed()], [true, true]);
    pass(1_000);
    assert.deepEqual([bySession.isAllowed(), byToken.isAllowed()], [false, false]);
    assert.deepEqual(access.login(TOKEN, ADDRESS), { kind: 'wrong' });
    assert.equal(access.login(OTHER, ADDRESS).kind, 'admitted');
    assert.match(lines[0] ?? '', /"msg":"console: the token changed; all sessions ended"/);
  });

  test('keeps the token while its file is unusable, says so once, and reads it when it is back', (t) => {
    const { access, lines, file, pass } = open(t);
    const session = sessionOf(access);
    rmSync(file);
    for (let second = 0; second < 3; second++) {
      pass(1_000);
      assert.equal(access.admit({ ...NOTHING, session }).kind, 'admitted');
    }
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /"msg":"console: http.token_file \S+ does not exist; the old token stays/);
    writeFileSync(file, TOKEN);
    pass(1_000);
    assert.equal(access.admit({ ...NOTHING, session }).kind, 'admitted');
    writeFileSync(file, OTHER);
    pass(1_000);
    assert.equal(access.admit({ ...NOTHING, session }).kind, 'login');
  });

  test('cannot begin with an unusable token file', (t) => {
    const nowhere = { tokenFile: '/no/such/token', nowMs: () => 0, logger: pino({ level: 'silent' }) };
    assert.throws(() => new Access(nowhere), {
      code: 'CONSOLE_TOKEN_UNUSABLE',
      message: 'http.token_file /no/such/token does not exist',
    });
    assert.throws(() => open(t, 'too-short\n'), {
      code: 'CONSOLE_TOKEN_UNUSABLE',
      message: /holds 9 characters \(expected at least 16 characters: openssl rand -hex 32 makes a token\)$/,
    });
  });
});
