import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { type RepeatableLine, RepeatedLines } from '../../../src/logging/index.js';
import { type JsonRecord, parseRecord } from '../../support/json-record.js';

const ERROR = 50;
const WARN = 40;

/** A distinct word for each number. */
function name(n: number): string {
  return String.fromCodePoint(0x4e00 + n);
}

class Log {
  readonly lines: JsonRecord[] = [];
  readonly repeated: RepeatedLines;
  /** Counts the calls of fields. */
  asked = 0;
  private readonly t: TestContext;
  private nowMs = 0;

  constructor(t: TestContext, level = 'info') {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.t = t;
    const write = (line: string): void => {
      const parsed = parseRecord(line);
      if (parsed !== undefined) this.lines.push(parsed);
    };
    const logger = pino({ level, base: null, timestamp: false }, { write });
    this.repeated = new RepeatedLines({ logger, shared: { queue: 'q' }, nowMs: () => this.nowMs });
  }

  write(text: string, count = 1, level: RepeatableLine['level'] = 'error'): void {
    for (let left = count; left > 0; left--) {
      const fields = (): object => ({ queue: 'q', tag: ++this.asked });
      this.repeated.write({ level, kind: text, text, fields });
    }
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.t.mock.timers.tick(ms);
  }

  /** The lines written since the last call. */
  take(): unknown[] {
    return this.lines.splice(0).map(({ msg }) => msg);
  }
}

describe('equal log lines', () => {
  test('are written in full five times, and then summarized every ten seconds', (t) => {
    const log = new Log(t);
    log.write('no use', 817);
    assert.deepEqual(
      log.take(),
      Array.from({ length: 5 }, () => 'no use'),
    );
    assert.equal(log.asked, 5, 'fields were read for lines that are not written');
    log.pass(9_999);
    assert.deepEqual(log.take(), []);
    log.pass(1);
    assert.deepEqual(log.lines, [
      { level: ERROR, queue: 'q', repeated: 812, msg: '812 more like this in 10 s: no use' },
    ]);
    log.take();
    log.write('no use', 3);
    log.pass(10_000);
    assert.deepEqual(log.take(), ['3 more like this in 10 s: no use']);
  });

  test('start afresh after ten quiet seconds', (t) => {
    const log = new Log(t);
    log.write('no use', 6);
    log.pass(10_000);
    log.take();
    log.pass(10_000);
    log.write('no use', 6);
    assert.equal(log.take().length, 5);
  });

  test('keep their level', (t) => {
    const log = new Log(t);
    log.write('no use', 7, 'warn');
    log.pass(10_000);
    assert.deepEqual(
      log.lines.map(({ level }) => level),
      [WARN, WARN, WARN, WARN, WARN, WARN],
    );
  });

  test('are summarized when no more lines come, with the time they took', (t) => {
    const log = new Log(t);
    log.write('no use', 9);
    log.take();
    log.pass(3_400);
    log.repeated.flush();
    assert.deepEqual(log.take(), ['4 more like this in 3 s: no use']);
    log.pass(60_000);
    assert.deepEqual(log.take(), []);
  });

  const alike: readonly [string, string][] = [
    ['order 4711 has no user', 'order 4712 has no user'],
    ['no user 0b7c9a52-1d1f-4d0e-8f53-6ad5fd5f2a10', 'no user 9a7e2c11-aa1f-4d0e-8f53-000000000000'],
    [`Unexpected token 'a', "abc" is not valid JSON`, `Unexpected token '{', "{{" is not valid JSON`],
    [`no file "${'a'.repeat(500)}"`, `no file "${'b'.repeat(500)}"`],
  ];
  for (const [one, other] of alike) {
    test(`may differ in numbers, ids and quoted text: ${one.slice(0, 40)}`, (t) => {
      const log = new Log(t);
      log.write(one, 5);
      log.take();
      log.write(other);
      assert.deepEqual(log.take(), []);
    });
  }

  test('differ by other words or another level', (t) => {
    const log = new Log(t);
    log.write("can't connect", 5);
    log.take();
    log.write("can't parse");
    log.write("can't connect", 1, 'warn');
    assert.deepEqual(log.take(), ["can't parse", "can't connect"]);
  });

  test('share one summary beyond fifty kinds', (t) => {
    const log = new Log(t);
    for (let n = 0; n < 1_000; n++) log.write(name(n));
    assert.equal(log.take().length, 50 + 5);
    log.pass(10_000);
    assert.deepEqual(log.take(), [`945 more of other kinds in 10 s, the last: ${name(999)}`]);
    log.pass(10_000);
    log.write(name(999));
    assert.deepEqual(log.take(), [name(999)], 'there is room again');
  });

  test('are shortened', (t) => {
    const log = new Log(t);
    log.write('x'.repeat(1_000_000));
    assert.ok(String(log.take()[0]).length < 2_000);
  });

  test('cost nothing when their level is disabled', (t) => {
    const log = new Log(t, 'fatal');
    log.write('no use', 10);
    log.pass(10_000);
    assert.deepEqual([log.take(), log.asked], [[], 0]);
  });

  test('tell whether a kind is new without counting', (t) => {
    const log = new Log(t);
    const line = { level: 'error', kind: 'dead', text: 'dead' } as const;
    assert.deepEqual(
      Array.from({ length: 7 }, () => log.repeated.isNew(line)),
      [true, true, true, true, true, false, false],
    );
    log.pass(10_000);
    assert.deepEqual(log.take(), []);
  });
});
