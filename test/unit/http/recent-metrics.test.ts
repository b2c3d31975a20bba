import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RecentMetrics } from '../../../src/http/recent-metrics.js';

interface Rendering {
  readonly scrape: (type?: string) => string;
  readonly pass: (ms: number) => void;
}

/** Each rendering takes so long, and returns its number. */
function rendering(eachMs: number): Rendering {
  let nowMs = 7;
  let count = 0;
  const recent = new RecentMetrics(() => nowMs);
  const body = (): string => {
    nowMs += eachMs;
    return String(++count);
  };
  return { scrape: (type = 'text') => recent.render({ type, body }).toString(), pass: (ms) => void (nowMs += ms) };
}

describe('the metrics of many scrapes', () => {
  test('are rendered anew for each scrape of a scraper', () => {
    const { scrape, pass } = rendering(100);
    for (let count = 1; count <= 20; count++) {
      assert.equal(scrape(), String(count));
      pass(1_000);
    }
  });

  test('are the last ones after renderings took 200 ms, until a tenth of the time is free again', () => {
    const { scrape, pass } = rendering(50);
    const seen = Array.from({ length: 1_000 }, () => Number(scrape()));
    assert.ok(Math.max(...seen) <= 5, String(Math.max(...seen)));
    const last = String(seen.at(-1));
    pass(1);
    assert.equal(scrape(), last);
    pass(500);
    assert.equal(scrape(), String(Number(last) + 1));
  });

  test('have one rendering for each format, whatever is saved', () => {
    const { scrape } = rendering(1_000);
    assert.deepEqual([scrape('text'), scrape('open'), scrape('text'), scrape('open')], ['1', '2', '1', '2']);
  });
});
