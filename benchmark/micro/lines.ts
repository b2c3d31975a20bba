import { OpenTags } from '../../src/broker/consume/acks/open-tags.js';
import { Fifo } from '../../src/timing/index.js';
import type { Measured } from './clock.js';

/** Queues of waiting deliveries and sets of open tags: ours next to JavaScript's. */

const MESSAGES = 1_000;
/** The most deliveries in a slot. */
const IN_LINE = 64;
/** The most open tags with a prefetch of 100. */
const OPEN = 100;

interface Line {
  push(item: object): unknown;
  shift(): unknown;
}

interface Tags {
  add(tag: number): unknown;
  remove(tag: number): unknown;
}

export function lineBenchmarks(): Measured[] {
  const set = new Set<number>();
  return [
    inLine('line: 64 wait, Fifo', new Fifo<object>()),
    inLine('line: 64 wait, an array', []),
    answered('tags: 100 open, OpenTags', new OpenTags()),
    answered('tags: 100 open, a Set', { add: (tag) => set.add(tag), remove: (tag) => set.delete(tag) }),
  ];
}

/** One item is added and one removed while others wait. */
function inLine(name: string, line: Line): Measured {
  for (let left = IN_LINE; left > 0; left--) line.push({ left });
  return {
    name,
    messages: MESSAGES,
    run: () => {
      for (let left = MESSAGES; left > 0; left--) {
        line.push({ left });
        line.shift();
      }
    },
  };
}

function answered(name: string, tags: Tags): Measured {
  let tag = 0;
  while (tag < OPEN) tags.add(++tag);
  return {
    name,
    messages: MESSAGES,
    run: () => {
      for (let left = MESSAGES; left > 0; left--) {
        tags.add(++tag);
        tags.remove(tag - OPEN);
      }
    },
  };
}
