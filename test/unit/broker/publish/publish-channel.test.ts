import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeFieldTable } from '../../../../src/amqp/index.js';
import { AmongSeveral } from '../../../../src/broker/publish/publish-channel.js';
import { FRAME, methodFrame, splitFrames } from '../../../support/amqp/amqp-frames.js';
import { openBrokerEnd } from '../broker-end.js';
import { PublishChannelBench, publish } from './publish-channel-bench.js';

/** A channel that outlived a refusal is replaced this often at the most. */
const CHANGE_EVERY_MS = 1_000;

describe('a publish channel', () => {
  test('opens one channel for concurrent requests', async (t) => {
    const bench = new PublishChannelBench(t, await openBrokerEnd());
    assert.equal(bench.channel.isOpen, false);
    await Promise.all([1, 2, 3].map(() => bench.channel.open()));
    await bench.channel.open();
    assert.deepEqual(bench.broker.briefly, ['ChannelOpen 1', 'ConfirmSelect 1']);
    assert.equal(bench.channel.isOpen, true);
  });

  test("blames a message that was alone on the channel, in the broker's words", async (t) => {
    const { channel, broker, ...bench } = await PublishChannelBench.open(t);
    const sent = channel.send(publish());
    await broker.quiet();
    broker.closeChannel(1, 403, 'ACCESS_REFUSED - no');
    await assert.rejects(sent, { code: 'PUBLISH_REFUSED', message: /ACCESS_REFUSED - no/ });
    assert.deepEqual([channel.isOpen, bench.connection.gone.aborted], [false, false]);
  });

  test('reports to several messages that one of them was refused, and keeps earlier confirms', async (t) => {
    const bench = await PublishChannelBench.open(t);
    const sent = await bench.send(publish(), publish(), publish());
    bench.broker.confirm(1, 1);
    bench.refuseAccess();
    assert.deepEqual(await Promise.all(sent), ['confirmed', AmongSeveral, AmongSeveral]);
  });

  test('reports an unknown outcome to all messages when the connection is lost', async (t) => {
    const bench = await PublishChannelBench.open(t);
    const sent = await bench.send(publish(), publish());
    bench.broker.destroy();
    assert.deepEqual(await Promise.all(sent), ['PUBLISH_UNCONFIRMED', 'PUBLISH_UNCONFIRMED']);
  });

  test('blames a message that was alone on the closed connection', async (t) => {
    const bench = await PublishChannelBench.open(t);
    bench.fault = { cause: new Error('541 (INTERNAL-ERROR)'), waiting: 1 };
    const sent = bench.channel.send(publish());
    await bench.broker.quiet();
    bench.broker.destroy();
    await assert.rejects(sent, { code: 'PUBLISH_REFUSED', message: /541/ });
  });

  test('reports that a message on the connection was refused, maybe on another channel', async (t) => {
    const bench = await PublishChannelBench.open(t);
    bench.fault = { cause: new Error('541'), waiting: 2 };
    const sent = await bench.send(publish());
    bench.broker.destroy();
    assert.deepEqual(await Promise.all(sent), [AmongSeveral]);
  });

  test('continues on a new channel', async (t) => {
    const bench = await PublishChannelBench.open(t);
    bench.refuseAccess();
    await bench.broker.quiet();
    const sent = await bench.send(publish());
    bench.broker.confirm(1, 1);
    assert.deepEqual(await Promise.all(sent), ['confirmed']);
    assert.equal(bench.broker.askedFor('ChannelOpen').length, 1);
  });

  test('applies a multiple confirm to each message', async (t) => {
    const bench = await PublishChannelBench.open(t);
    const sent = await bench.send(publish(), publish(), publish(), publish());
    bench.broker.confirm(1, 3, true);
    bench.refuseAccess();
    assert.deepEqual(await Promise.all(sent), ['confirmed', 'confirmed', 'confirmed', 'PUBLISH_REFUSED']);
  });

  for (const tag of [0, 1, 3]) {
    test(`ends the connection over a confirm of ${tag}, which no message awaits`, async (t) => {
      const bench = await PublishChannelBench.open(t);
      const sent = await bench.send(publish(), publish());
      bench.broker.confirm(1, 1);
      bench.broker.confirm(1, tag);
      assert.deepEqual(await Promise.all(sent), ['confirmed', 'PUBLISH_UNCONFIRMED']);
      assert.match(String(bench.connection.gone.reason), new RegExp(`tag ${tag} was confirmed, but no publish`));
    });
  }
});

describe('a publish channel that counts its messages', () => {
  test('includes those on old channels, and is idle without any', async (t) => {
    const bench = await PublishChannelBench.open(t);
    await bench.channel.idle();
    const sent = await bench.send(publish(), publish());
    bench.broker.refuse(1, 1);
    sent.push(...(await bench.send(publish())));
    assert.equal(bench.channel.waiting, 2);
    let isIdle = false;
    const idle = bench.channel.idle().then(() => (isIdle = true));
    bench.broker.confirm(1, 2);
    await bench.broker.quiet();
    assert.deepEqual([bench.channel.waiting, isIdle], [1, false]);
    bench.broker.destroy();
    await idle;
    assert.deepEqual(await Promise.all(sent), ['PUBLISH_REFUSED', 'confirmed', 'PUBLISH_UNCONFIRMED']);
  });
});

describe('a publish channel on which the broker refuses a message', () => {
  test('is replaced, and the old one closes when all its messages are answered', async (t) => {
    const bench = await PublishChannelBench.open(t);
    bench.nowMs = CHANGE_EVERY_MS;
    const sent = await bench.send(publish(), publish());
    bench.broker.refuse(1, 1);
    sent.push(...(await bench.send(publish())));
    assert.deepEqual(
      bench.broker.askedFor('BasicPublish').map(({ channel }) => channel),
      [1, 1, 2],
    );
    assert.equal(bench.broker.askedFor('ChannelClose').length, 0);
    bench.broker.confirm(1, 2);
    await bench.broker.quiet();
    assert.deepEqual(
      bench.broker.askedFor('ChannelClose').map(({ channel }) => channel),
      [1],
    );
    bench.broker.confirm(2, 1);
    assert.deepEqual(await Promise.all(sent), ['PUBLISH_REFUSED', 'confirmed', 'confirmed']);
  });

  test('is not replaced for a refusal on an older one', async (t) => {
    const bench = await PublishChannelBench.open(t);
    const sent = await bench.send(publish(), publish());
    bench.broker.refuse(1, 1);
    sent.push(...(await bench.send(publish())));
    bench.nowMs = CHANGE_EVERY_MS;
    bench.broker.refuse(1, 2);
    assert.equal(bench.channel.isOpen, true);
    bench.broker.confirm(2, 1);
    assert.deepEqual(await Promise.all(sent), ['PUBLISH_REFUSED', 'PUBLISH_REFUSED', 'confirmed']);
  });

  test('is replaced once a second at the most, because a full queue refuses many', async (t) => {
    const bench = await PublishChannelBench.open(t);
    const opened: number[] = [];
    for (const { nowMs, tag } of [
      { nowMs: 0, tag: 1 },
      { nowMs: CHANGE_EVERY_MS - 1, tag: 1 },
      { nowMs: CHANGE_EVERY_MS, tag: 2 },
    ]) {
      bench.nowMs = nowMs;
      const sent = await bench.send(publish());
      const opens = bench.broker.askedFor('ChannelOpen');
      opened.push(opens.length);
      bench.broker.refuse(opens.at(-1)?.channel ?? 1, tag);
      assert.deepEqual(await Promise.all(sent), ['PUBLISH_REFUSED']);
    }
    assert.deepEqual([opened, bench.channel.isOpen], [[0, 1, 1], false]);
  });
});

describe('a message that the broker gives back', () => {
  test('matches its publish by headers alone, because headers exchanges route by them', async (t) => {
    const bench = await PublishChannelBench.open(t);
    const coloured = ['red', 'blue'].map((colour) => encodeFieldTable({ colour }));
    const sent = await bench.send(...coloured.map((headers) => publish({ mandatory: true, headers })));
    bench.giveBack('body', { headers: { colour: 'blue' } });
    bench.broker.confirm(1, 2, true);
    assert.deepEqual(await Promise.all(sent), ['confirmed', 'PUBLISH_UNROUTABLE']);
  });

  test('is found by its content, and its later confirm is no success', async (t) => {
    const bench = await PublishChannelBench.open(t);
    const bodies = ['a', 'b', 'c'].map((body) => publish({ mandatory: true, body: Buffer.from(body) }));
    const sent = await bench.send(...bodies);
    bench.giveBack('b');
    for (const tag of [1, 2, 3]) bench.broker.confirm(1, tag);
    assert.deepEqual(await Promise.all(sent), ['confirmed', 'PUBLISH_UNROUTABLE', 'confirmed']);
  });
});

describe('messages of one turn', () => {
  test('are written at once and in order', async (t) => {
    const bench = await PublishChannelBench.open(t);
    bench.broker.writes.length = 0;
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((body) => publish({ body: Buffer.from(body) }));
    const sent = await bench.send(a ?? assert.fail(), b ?? assert.fail(), c ?? assert.fail());
    sent.push(...(await bench.send(d ?? assert.fail())));
    assert.deepEqual(bench.broker.writes.map(bodiesIn), ['abc', 'd']);
    bench.broker.confirm(1, 4, true);
    assert.deepEqual(await Promise.all(sent), ['confirmed', 'confirmed', 'confirmed', 'confirmed']);
  });

  test('are not sent when the connection is lost before its end', async (t) => {
    const bench = await PublishChannelBench.open(t);
    bench.broker.writes.length = 0;
    bench.broker.destroy();
    assert.deepEqual(await Promise.all(await bench.send(publish())), ['PUBLISH_UNCONFIRMED']);
    assert.deepEqual([bench.broker.writes, bench.channel.waiting], [[], 0]);
  });

  test('all fail on a channel that the broker closed in the chunk that opened it', async (t) => {
    const bench = new PublishChannelBench(t, await openBrokerEnd());
    const close = methodFrame('ChannelClose', 1, { replyCode: 403, replyText: 'no', classId: 0, methodId: 0 });
    bench.broker.next('ConfirmSelect', () => Buffer.concat([methodFrame('ConfirmSelectOk', 1), close]));
    await bench.channel.open();
    const sent = await bench.send(publish(), publish());
    assert.deepEqual(await Promise.all(sent), ['PUBLISH_UNCONFIRMED', 'PUBLISH_UNCONFIRMED']);
    assert.deepEqual([bench.channel.isOpen, bench.channel.waiting], [false, 0]);
  });
});

describe('a message whose headers fit into no frame', () => {
  test('is refused with the limit, and the others are sent', async (t) => {
    const bench = await PublishChannelBench.open(t);
    const large = publish({ headers: encodeFieldTable({ big: 'x'.repeat(131_100) }) });
    const sent = await bench.send(large, publish());
    bench.broker.confirm(1, 1);
    assert.deepEqual(await Promise.all(sent), ['PUBLISH_INVALID', 'confirmed']);
    await assert.rejects(bench.channel.send(large), { message: /^publish: headers have \d+ bytes \(at most \d+ can/ });
  });
});

function bodiesIn(chunk: Buffer): string {
  const bodies = splitFrames(chunk).frames.filter(({ type }) => type === FRAME.body);
  return bodies.map(({ payload }) => payload.toString()).join('');
}
