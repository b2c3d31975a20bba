import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';

/** The publishes of test/fixtures/publishing.mjs that must fail, and their error codes. */
const REFUSED = {
  'a missing exchange': 'PUBLISH_REFUSED',
  'an internal exchange': 'PUBLISH_REFUSED',
  'a deleted exchange': 'PUBLISH_REFUSED',
  'a foreign user': 'PUBLISH_REFUSED',
  'an expiration out of range': 'PUBLISH_INVALID',
  'an unroutable mandatory message': 'PUBLISH_UNROUTABLE',
  'headers of more than a frame': 'PUBLISH_INVALID',
  'a function as a header': 'PUBLISH_INVALID',
  'a header table in circles': 'PUBLISH_INVALID',
  'a bigint in a JSON body': 'PUBLISH_INVALID',
  'a body in circles': 'PUBLISH_INVALID',
  'a symbol as a body': 'PUBLISH_INVALID',
  'no body at all': 'PUBLISH_INVALID',
  'a number as an exchange': 'PUBLISH_INVALID',
  'a date before 1970': 'PUBLISH_INVALID',
  'NaN in a header': 'PUBLISH_INVALID',
  'an infinity deep in a header': 'PUBLISH_INVALID',
  'a CC header that is no list': 'PUBLISH_INVALID',
  'a Promise as a body': 'PUBLISH_INVALID',
  'a Promise in a body': 'PUBLISH_INVALID',
  'a Map as a body': 'PUBLISH_INVALID',
  'a Set as a body': 'PUBLISH_INVALID',
  'a Blob as a body': 'PUBLISH_INVALID',
  'null as options': 'PUBLISH_INVALID',
  'an unknown option': 'PUBLISH_INVALID',
  'a direct reply without a consumer': 'PUBLISH_INVALID',
  'a decimal for a stream': 'PUBLISH_REFUSED',
  'a body over the limit': 'PUBLISH_REFUSED',
};
/** What the error message of each must say. */
const WHY: Readonly<Record<string, RegExp>> = {
  'NaN in a header': /headers\.took_ms is NaN/,
  'an infinity deep in a header': /headers\.items\[2\]\.price is Infinity/,
  'a Promise in a body': /body\.user is a Promise \(await it first\)/,
  'a decimal for a stream': /541/,
  'a body over the limit': /its body has 135266304 bytes, and the broker's max_message_size is \d+/,
};
const NEIGHBOURS = 49;

async function publishing(t: TestContext): Promise<Stage> {
  return Stage.ready(t, {
    consumer: 'publishing.mjs:PublishesMany',
    config: {
      exchanges: [
        { exchange: 'internal', type: 'direct', internal: true },
        { exchange: 'deleted', type: 'direct' },
      ],
      queues: [{ queue: 'sink' }, { queue: 'stream', x_queue_type: 'stream' }],
    },
  });
}

/** Takes the texts of all messages out of the queue `sink`, in order. */
async function drain({ vhost }: Stage): Promise<string[]> {
  return (await vhost.takeAll('sink')).map(({ content }) => content.toString());
}

test('one refused publish among fifty in flight fails alone, and the others arrive', async (t) => {
  const stage = await publishing(t);
  for (const [id, code] of Object.entries(REFUSED)) {
    await t.test(`a publish that the broker refuses fails alone: ${id}`, async () => {
      if (id === 'a deleted exchange') {
        // The daemon has published to this exchange before and caches its existence.
        await stage.send('warm up');
        await stage.done('warm up');
        await (await stage.vhost.channel()).deleteExchange('deleted');
      }
      await stage.send(id);
      await stage.done(id);
      const [published] = stage.records('published', id);
      assert.equal(published?.refused, code);
      assert.match(String(published.why), WHY[id] ?? /./);
      assert.deepEqual(
        published.others,
        Array.from({ length: NEIGHBOURS }, () => null),
      );
      assert.deepEqual(stage.begins(id), [false]);
      const arrived = await drain(stage);
      assert.equal(new Set(arrived).size, NEIGHBOURS);
      assert.ok(arrived.length <= 2 * NEIGHBOURS, `${arrived.length} messages arrived`);
      assert.ok(arrived.every((text) => text.startsWith(`${id} `)));
    });
  }
  await stage.endsWell();
});

for (const [many, how] of [
  [1_000, 'ack'],
  [1_000, 'return'],
  [10_000, 'ack'],
] as const) {
  test(`${many} publishes that nobody awaits all arrive, in order, before their message is acked (${how})`, async (t) => {
    const stage = await publishing(t);
    await stage.vhost.publish('q', 'many', { headers: { many, how } });
    // With a prefetch of 1 the next message arrives only after the ack.
    await stage.send('next');
    await stage.daemon.waitForRecords(() => stage.begins('next').length > 0, PATIENCE_MS);
    assert.equal(await stage.vhost.messageCount('sink'), many);
    assert.deepEqual(stage.begins('many'), [false]);
    await stage.endsWell();
    assert.deepEqual(
      await drain(stage),
      Array.from({ length: many }, (_, number) => String(number)),
    );
  });
}
