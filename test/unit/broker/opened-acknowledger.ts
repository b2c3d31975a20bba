import assert from 'node:assert/strict';
import { Acknowledger } from '../../../src/broker/consume/acks/acknowledger.js';
import { FakeChannel } from './fake-channel.js';

/** An acknowledger on a fake channel, with a timer that the test fires. */
export interface Opened {
  readonly channel: FakeChannel;
  readonly acknowledger: Acknowledger;
  /** Delivers all tags up to this one, included. */
  readonly deliver: (upTo: number) => void;
  /** Fires the timer of waiting acks, which must run. */
  readonly patienceEnds: () => void;
  /** True while the timer runs. */
  readonly isTimed: () => boolean;
  /** How often the timer was started. */
  readonly starts: () => number;
}

/** By default no ack waits, because no number of open deliveries gives the instances enough work. */
export function openAcknowledger({
  prefetch = 100,
  busyAt = Number.POSITIVE_INFINITY,
  nowMs = (): number => performance.now(),
} = {}): Opened {
  const channel = new FakeChannel();
  let timeIsOver: (() => void) | undefined;
  let isTimed = false;
  let starts = 0;
  const start = (): void => {
    isTimed = true;
    starts++;
  };
  const acknowledger = new Acknowledger({
    write: channel.write,
    prefetch,
    busyAt,
    nowMs,
    startTimer: (over) => {
      assert.equal(timeIsOver, undefined, 'a second timer');
      timeIsOver = over;
      start();
      return { refresh: start };
    },
  });
  let last = 0;
  const deliver = (upTo: number): void => {
    while (last < upTo) {
      last++;
      channel.deliver(last);
      acknowledger.delivered(last);
    }
  };
  const patienceEnds = (): void => {
    assert.ok(isTimed, 'no timer runs');
    isTimed = false;
    timeIsOver?.();
  };
  return { channel, acknowledger, deliver, patienceEnds, isTimed: () => isTimed, starts: () => starts };
}
