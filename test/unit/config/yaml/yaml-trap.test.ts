import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONSUMERS, configurationOf, reportOf, warningsOf } from '../readings.js';

/** A binding with this routing key, as written. */
const bound = (key: string): string =>
  `queues:\n  - queue: q\n    bindings:\n      - exchange: e\n        routing_key: ${key}\n${CONSUMERS}`;
const inLine = (key: string): string =>
  `queues: [{ queue: q, bindings: [{ exchange: e, routing_key: ${key} }] }]\n${CONSUMERS}`;

function dead(written: string): string {
  return `queues:\n  - queue: mail\n    x_dead_letter_routing_key: ${written}\n${CONSUMERS}`;
}

describe('text that begins with a special character of YAML', () => {
  it('needs quotes, and the report shows the quoted text', () => {
    for (const key of [
      '#',
      '#.created',
      '*',
      '*.created',
      '*.*',
      '&',
      '&all',
      '!important',
      '@shop',
      '`x`',
      '%d',
      '{{ key }}',
    ]) {
      const report = reportOf(bound(key));
      assert.equal(report.length, 1, report.join('\n'));
      assert.match(report[0] ?? '', /^5:\d+ /);
      assert.ok(report[0]?.includes(`needs quotes: "${key}"`), report[0]);
      assert.equal(configurationOf(bound(`"${key}"`)).queues[0]?.bindings[0]?.routingKey, key);
    }
  });

  it('is found in a list or mapping on one line, where a comment swallows the end', () => {
    for (const key of ['#', '#.created', '*', '*.created', '@shop']) {
      const report = reportOf(inLine(key));
      assert.equal(report.length, 1, report.join('\n'));
      assert.match(report[0] ?? '', /^1:6[012] /);
      assert.ok(report[0]?.includes(`needs quotes: "${key}"`), report[0]);
    }
  });

  it('is found in a list of texts', () => {
    const text = `${CONSUMERS}    middleware:\n      - #timing\n      - ./b.js\n`;
    assert.deepEqual(reportOf(text), [
      '5:7  consumers[0].middleware[0]  has no value (expected module:Export, such as ./workers/email.js:EmailConsumer; # begins a comment in YAML, so text that begins with it needs quotes: "#timing")',
    ]);
  });

  it('causes a warning where null is allowed', () => {
    assert.deepEqual(warningsOf(dead('#.dead')), [
      '3:5  queues[0].x_dead_letter_routing_key  has no value: # begins a comment in YAML, so text that begins with it needs quotes: "#.dead"',
    ]);
    for (const written of ['', '# none is set', 'null', '~ # none']) assert.deepEqual(warningsOf(dead(written)), []);
  });
});

describe('text that YAML reads as another type', () => {
  it('is shown in quotes as written', () => {
    for (const key of ['1.0', '007', 'true', '1e3']) {
      assert.ok(reportOf(bound(key))[0]?.endsWith(`; in quotes it is text: "${key}")`), key);
      assert.ok(reportOf(inLine(key))[0]?.endsWith(`; in quotes it is text: "${key}")`), key);
    }
  });

  it('needs quotes when it contains a colon', () => {
    assert.ok(reportOf(bound('a: b # c'))[0]?.includes('text with it needs quotes: "a: b"'));
  });
});
