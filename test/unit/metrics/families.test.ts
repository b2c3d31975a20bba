import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { readFamilies, writeFamilies } from '../../../src/metrics/index.js';
import { smallRegistry } from './small-registry.js';

/** Of the process: they differ at each scrape. */
const DIFFERENT = /^(?:# (?:HELP|TYPE) )?(?:process_|amqp_dispatcher_build_info)/;

function stable(text: string): string {
  return text
    .split('\n')
    .filter((line) => !DIFFERENT.test(line))
    .join('\n');
}

describe('a scrape of a small registry', () => {
  for (const format of ['prometheus', 'openmetrics'] as const) {
    test(`is equal to its golden file byte by byte, also when its labels are known: ${format}`, () => {
      const golden = readFileSync(new URL(`../../../../test/golden/metrics.${format}.golden`, import.meta.url), 'utf8');
      const sources = smallRegistry();
      for (const scrape of ['first', 'second'])
        assert.equal(stable(writeFamilies(readFamilies(sources), format)), golden, scrape);
    });
  }

  test('shows what has changed since the scrape before', () => {
    const sources = smallRegistry();
    const before = writeFamilies(readFamilies(sources), 'prometheus');
    sources.entries[0]?.metrics.process.observe(0.02);
    const after = writeFamilies(readFamilies(sources), 'prometheus').split('\n');
    const labels = 'queue="email",consumer="Email"';
    const changed = after.filter((line) => line.includes('process_duration') && !before.includes(`${line}\n`));
    assert.ok(changed.includes(`amqp_dispatcher_process_duration_seconds_count{${labels}} 5`), changed.join('\n'));
  });
});
