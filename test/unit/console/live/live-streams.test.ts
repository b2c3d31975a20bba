import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ActionRecord, LiveReport } from '../../../../src/console/api.js';
import { LiveStreams } from '../../../../src/console/live/live-streams.js';

const HEARTBEAT = ': heartbeat\n\n';

/** Counts how often it is serialised. */
function sample(at: number): { report: LiveReport; serialised: () => number } {
  let count = 0;
  const report: LiveReport = {
    at,
    overMs: null,
    version: '1',
    node: 'v1',
    get broker() {
      count++;
      return null;
    },
    pid: 1,
    uptimeMs: 1,
    phase: 'running',
    connections: {
      consumer: { isConnected: true, lastError: null },
      publisher: { isConnected: true, isBlocked: false },
    },
    entries: [],
    threads: [],
  };
  return { report, serialised: () => count };
}

const ACTION: ActionRecord = {
  at: 1,
  by: 'console (127.0.0.1)',
  action: 'quiet',
  queue: null,
  consumer: null,
  outcome: 'ok',
  detail: null,
};

function watching<Item>(listeners: Set<(item: Item) => void>): (listener: (item: Item) => void) => () => void {
  return (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
}

class Scene {
  readonly streams: LiveStreams;
  nowMs = 0;
  destroyed = 0;
  private readonly samples = new Set<(report: LiveReport) => void>();
  private readonly actions = new Set<(record: ActionRecord) => void>();

  constructor(t: TestContext) {
    this.streams = new LiveStreams({
      live: { watch: watching(this.samples) },
      actions: { watch: watching(this.actions) },
      nowMs: () => this.nowMs,
    });
    t.after(() => this.streams.stop());
  }

  get watched(): number {
    return this.samples.size + this.actions.size;
  }

  open(isAllowed: () => boolean = () => true): ReadableStreamDefaultReader<Uint8Array> {
    const stream = this.streams.open({ isAllowed, destroy: () => void this.destroyed++ });
    assert.ok(stream !== undefined);
    return stream.getReader();
  }

  sample(at: number): () => number {
    const { report, serialised } = sample(at);
    for (const listener of this.samples) listener(report);
    return serialised;
  }

  act(): void {
    for (const listener of this.actions) listener(ACTION);
  }
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
  const { value } = await reader.read();
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

describe('the live streams', () => {
  test('serialise a sample once for all readers', async (t) => {
    const scene = new Scene(t);
    const readers = [scene.open(), scene.open(), scene.open()];
    for (const reader of readers) assert.equal(await next(reader), HEARTBEAT);
    const serialised = scene.sample(7);
    for (const reader of readers) assert.match((await next(reader)) ?? '', /^event: live\ndata: \{"at":7,.*\}\n\n$/);
    assert.equal(serialised(), 1);
  });

  test('watch the source only while somebody reads', async (t) => {
    const scene = new Scene(t);
    assert.equal(scene.watched, 0);
    const [one, other] = [scene.open(), scene.open()];
    assert.equal(scene.watched, 2);
    await one.cancel();
    assert.equal(scene.watched, 2);
    await other.cancel();
    assert.deepEqual([scene.watched, scene.streams.size], [0, 0]);
    scene.open();
    assert.equal(scene.watched, 2);
  });

  test('give a new reader the newest sample at once', async (t) => {
    const scene = new Scene(t);
    scene.open();
    scene.sample(8);
    assert.match((await next(scene.open())) ?? '', /"at":8/);
  });

  test('let a slow reader skip samples, but no action', async (t) => {
    const scene = new Scene(t);
    const slow = scene.open();
    for (let at = 0; at < 1_000; at++) scene.sample(at);
    scene.act();
    assert.equal(await next(slow), HEARTBEAT);
    assert.equal(await next(slow), `event: action\ndata: ${JSON.stringify(ACTION)}\n\n`);
    scene.sample(1_000);
    assert.match((await next(slow)) ?? '', /"at":1000/);
  });

  test('end a reader that takes nothing for a minute, and close its connection', (t) => {
    const scene = new Scene(t);
    scene.open();
    scene.nowMs = 60_000;
    scene.sample(1);
    assert.deepEqual([scene.streams.size, scene.destroyed], [1, 0]);
    scene.nowMs = 60_001;
    scene.sample(2);
    assert.deepEqual([scene.streams.size, scene.destroyed], [0, 1]);
  });

  test('keep at most 50 events for a reader that takes none', (t) => {
    const scene = new Scene(t);
    const reader = scene.open();
    for (let count = 0; count < 1_000; count++) scene.act();
    scene.streams.stop();
    return (async () => {
      let events = 0;
      while ((await next(reader)) !== undefined) events++;
      assert.equal(events, 50);
    })();
  });

  test('are at most 20, and a new one has place when another ends', async (t) => {
    const scene = new Scene(t);
    const readers = Array.from({ length: 20 }, () => scene.open());
    const viewer = { isAllowed: () => true, destroy: () => undefined };
    assert.equal(scene.streams.open(viewer), undefined);
    await readers[3]?.cancel();
    assert.ok(scene.streams.open(viewer) !== undefined);
  });

  test('end when the session of the reader ends', async (t) => {
    const scene = new Scene(t);
    let isAllowed = true;
    const reader = scene.open(() => isAllowed);
    assert.equal(await next(reader), HEARTBEAT);
    isAllowed = false;
    scene.sample(1);
    assert.equal(await next(reader), undefined);
    assert.equal(scene.watched, 0);
  });

  test('end at the stop of the daemon, and none begins after it', async (t) => {
    const scene = new Scene(t);
    const reader = scene.open();
    assert.equal(await next(reader), HEARTBEAT);
    scene.streams.stop();
    assert.equal(await next(reader), undefined);
    assert.equal(scene.streams.open({ isAllowed: () => true, destroy: () => undefined }), undefined);
  });
});
