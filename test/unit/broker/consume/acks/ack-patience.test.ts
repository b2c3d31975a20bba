import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Acknowledger } from '../../../../../src/broker/consume/acks/acknowledger.js';
import { endOfTurn } from '../../../../support/end-of-turn.js';
import { FakeChannel } from '../../fake-channel.js';
import { type Opened, openAcknowledger as open } from '../../opened-acknowledger.js';

/** Tags 2 and 3 are acked, 1 and 4 are open. */
async function waiting(): Promise<Opened> {
  const opened = open({ prefetch: 8, busyAt: 2 });
  opened.deliver(4);
  for (const tag of [2, 3]) opened.acknowledger.answer(tag, 'ack');
  await endOfTurn();
  return opened;
}

function alone(...tags: number[]): object[] {
  return tags.map((tag) => ({ tag, answer: 'ack', multiple: false }));
}

describe('acks above an open delivery, with enough work for the instances,', () => {
  test('wait for it and go out with it as one frame', async () => {
    const { channel, acknowledger } = await waiting();
    assert.deepEqual(channel.frames, []);
    acknowledger.answer(1, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.frames, [{ tag: 3, answer: 'ack', multiple: true }]);
    assert.equal(channel.settled.size, 3);
    assert.deepEqual(channel.violations, []);
  });

  test('go out when it is refused instead', async () => {
    const { channel, acknowledger } = await waiting();
    acknowledger.answer(1, 'rejectRequeue');
    await endOfTurn();
    assert.deepEqual(channel.frames, [
      { tag: 1, answer: 'rejectRequeue', multiple: false },
      { tag: 3, answer: 'ack', multiple: true },
    ]);
    assert.equal(channel.settled.get(1), 'rejectRequeue');
  });

  test('do not hold back a refusal', async () => {
    const { channel, acknowledger, deliver } = await waiting();
    deliver(5);
    acknowledger.answer(4, 'rejectDrop');
    await endOfTurn();
    assert.deepEqual(channel.frames, [{ tag: 4, answer: 'rejectDrop', multiple: false }]);
  });

  test('go out one by one after the limit, and later ones do not wait for it again', async () => {
    const { channel, acknowledger, deliver, patienceEnds } = await waiting();
    patienceEnds();
    assert.deepEqual(channel.frames, alone(2, 3));
    deliver(6);
    acknowledger.answer(4, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.frames, alone(2, 3, 4));
  });

  test('wait for the next open delivery in turn', async () => {
    const { channel, acknowledger, deliver, patienceEnds } = await waiting();
    patienceEnds();
    deliver(7);
    for (const tag of [1, 5]) acknowledger.answer(tag, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.frames.slice(2), [{ tag: 1, answer: 'ack', multiple: true }]);
    acknowledger.answer(4, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.frames.slice(3), [{ tag: 5, answer: 'ack', multiple: true }]);
  });

  test('wait once for all, and later acks do not restart the wait', async () => {
    const { channel, acknowledger, deliver, patienceEnds, starts } = await waiting();
    deliver(7);
    acknowledger.answer(5, 'ack');
    await endOfTurn();
    assert.equal(starts(), 1);
    patienceEnds();
    assert.deepEqual(channel.frames, alone(2, 3, 5));
  });

  test('restart the wait after each one has ended', async () => {
    const { channel, acknowledger, deliver, patienceEnds, starts } = await waiting();
    patienceEnds();
    deliver(9);
    for (const tag of [1, 5]) acknowledger.answer(tag, 'ack');
    await endOfTurn();
    assert.equal(starts(), 2);
    patienceEnds();
    assert.deepEqual(channel.frames.slice(2), [{ tag: 1, answer: 'ack', multiple: true }, ...alone(5)]);
  });

  test('use the real clock by default', async () => {
    const channel = new FakeChannel();
    const acknowledger = new Acknowledger({ write: channel.write, prefetch: 8, busyAt: 1 });
    for (const tag of [1, 2]) {
      channel.deliver(tag);
      acknowledger.delivered(tag);
    }
    acknowledger.answer(2, 'ack');
    await endOfTurn();
    // Not earlier, because timers of a busy machine are late.
    while (channel.frames.length === 0) await endOfTurn();
    assert.deepEqual(channel.frames, alone(2));
  });

  test('write nothing while they wait', async () => {
    let writes = 0;
    const acknowledger = new Acknowledger({
      write: () => void writes++,
      prefetch: 8,
      busyAt: 1,
      startTimer: () => ({ refresh: () => undefined }),
    });
    for (const tag of [1, 2]) acknowledger.delivered(tag);
    acknowledger.answer(2, 'ack');
    await endOfTurn();
    assert.equal(writes, 0);
  });

  test('start no timer unless they wait', async () => {
    const { acknowledger, deliver, isTimed } = open({ prefetch: 8, busyAt: 2 });
    deliver(3);
    acknowledger.answer(1, 'ack');
    await endOfTurn();
    acknowledger.answer(3, 'ack');
    await endOfTurn();
    assert.equal(isTimed(), false);
  });

  for (const [prefetch, most] of [
    [7, 3],
    [1_100, 500],
  ] as const) {
    test(`are at most ${most} with a prefetch of ${prefetch}`, async () => {
      const { channel, acknowledger, deliver } = open({ prefetch, busyAt: 1 });
      deliver(prefetch);
      for (let tag = 2; tag < 2 + most; tag++) acknowledger.answer(tag, 'ack');
      await endOfTurn();
      assert.equal(channel.frames.length, 0);
      acknowledger.answer(2 + most, 'ack');
      await endOfTurn();
      assert.equal(channel.frames.length, most + 1);
    });
  }

  test('ignore a timer that expires after they were sent', async () => {
    const { channel, acknowledger, deliver, patienceEnds } = await waiting();
    acknowledger.answer(1, 'ack');
    await endOfTurn();
    deliver(6);
    acknowledger.answer(5, 'ack');
    patienceEnds();
    await endOfTurn();
    // The acks still wait, now for tag 4.
    assert.deepEqual(channel.frames, [{ tag: 3, answer: 'ack', multiple: true }]);
  });

  test('go out before more than half the prefetch waits, so that the broker keeps sending', async () => {
    const { channel, acknowledger, deliver } = await waiting();
    deliver(8);
    for (const tag of [4, 5]) acknowledger.answer(tag, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.frames, []);
    acknowledger.answer(6, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.frames, alone(2, 3, 4, 5, 6));
  });

  test('go out when too few deliveries are open to keep the instances busy', async () => {
    const { channel, acknowledger } = await waiting();
    acknowledger.answer(4, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.frames, alone(2, 3, 4));
  });

  test('do not wait once deliveries have ended', async () => {
    const { channel, acknowledger, deliver } = await waiting();
    deliver(8);
    acknowledger.cancelled();
    acknowledger.answer(5, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.frames, alone(2, 3, 5));
  });

  test('are sent at once before the channel closes', async () => {
    const { channel, acknowledger } = await waiting();
    acknowledger.flush();
    assert.deepEqual(channel.frames, alone(2, 3));
  });

  test('are not sent on a closed channel', async () => {
    const { channel, acknowledger, patienceEnds } = await waiting();
    acknowledger.close();
    patienceEnds();
    acknowledger.flush();
    assert.deepEqual(channel.frames, []);
  });
});
