import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import pino from 'pino';
import { formatted, type LineChoice, lineForm, pinoForm } from '../../../src/logging/line-format.js';

function lineOf(choice: Omit<LineChoice, 'messageKey'>): string {
  const form = lineForm({ ...choice, messageKey: 'msg' });
  const lines: string[] = [];
  pino({ ...pinoForm(form), base: null }, { write: (line) => void lines.push(formatted(line, form)) }).warn('hello');
  return lines.join('');
}

const LINES: readonly (readonly [Omit<LineChoice, 'messageKey'>, RegExp])[] = [
  [{ format: 'json' }, /^\{"level":40,"time":\d{13},"msg":"hello"\}\n$/],
  [{ format: 'json', time: 'iso' }, /^\{"level":40,"time":"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z","msg":"hello"\}\n$/],
  [{ format: 'json', time: 'unix', level: 'name' }, /^\{"level":"warn","time":\d{10},"msg":"hello"\}\n$/],
  [{ format: 'json', time: 'none' }, /^\{"level":40,"msg":"hello"\}\n$/],
  [{ format: 'logfmt' }, /^time=\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z level=warn msg=hello\n$/],
  [{ format: 'logfmt', time: 'epoch', level: 'number' }, /^time=\d{13} level=40 msg=hello\n$/],
  [{ format: 'pretty', level: 'name' }, /^\{"level":40,"time":\d{13},"msg":"hello"\}\n$/],
];

describe('a log line', () => {
  for (const [choice, expected] of LINES) {
    test(`has the form of ${JSON.stringify(choice)}`, () => assert.match(lineOf(choice), expected));
  }

  test('names a custom level', () => {
    const lines: string[] = [];
    const form = lineForm({ format: 'json', level: 'name', time: 'none', messageKey: 'msg' });
    const logger = pino(
      { ...pinoForm(form), base: null, customLevels: { notice: 35 } },
      { write: (line) => lines.push(line) },
    );
    logger.notice('hello');
    assert.deepEqual(lines, ['{"level":"notice","msg":"hello"}\n']);
  });
});
