import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LEAST_WINDOW as LEAST, WINDOW as MOST, SlotWindow } from '../../../../src/dispatch/delivery.js';

/** The window after so many deliveries of this service time, handed over as the window allows. */
function after(count: number, serviceMs: number, window = new SlotWindow()): SlotWindow {
  for (let done = 0; done < count; done++) window.note(serviceMs * window.size, window.size);
  return window;
}

describe('the window of a slot', () => {
  test('is wide for a consumer of microseconds and narrow for one that computes or waits', () => {
    assert.equal(after(20, 0.01).size, MOST);
    assert.equal(after(20, 1).size, 6);
    for (const slowMs of [5, 20, 10_000]) assert.equal(after(20, slowMs).size, LEAST);
  });

  test('is small until it has a measurement', () => {
    const { size } = new SlotWindow();
    assert.ok(size > LEAST && size < MOST, `${size}`);
  });

  test('narrows after the first slow delivery, and widens some quick ones later', () => {
    const window = after(100, 0.01);
    window.note(1_000, 1);
    assert.equal(window.size, LEAST);
    assert.equal(after(50, 0.01, window).size, MOST);
  });

  test('includes the deliveries that waited before', () => {
    const window = new SlotWindow();
    // Ten deliveries of a millisecond each, so the last one stayed ten.
    for (let place = 1; place <= 10; place++) window.note(place, place);
    assert.equal(window.size, 6);
  });
});
