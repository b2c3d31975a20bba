import { CLASSES } from './census-classes.js';
import { emitterListeners, followers, ownCollections, sizeOf, targetListeners } from './holdings.js';
import { lookAtLivingObjects } from './living-objects.js';

/** The number of objects on a thread by name: `WorkerSession`, `WorkerSession.handed`, `Promise`. */
export type Counts = Readonly<Record<string, number>>;

/**
 * Counts everything alive on this thread: objects of each class, entries of our own collections (an unanswered delivery is such
 * an entry), listeners of every kind, handles that keep the loop alive.
 */
export function takeCensus(): Counts {
  const tally = new Tally();
  lookAtLivingObjects((found) => {
    for (const object of found) if (isObject(object)) enter(object, tally);
  });
  for (const kind of process.getActiveResourcesInfo()) tally.add(`handle ${kind}`, 1);
  return tally.counts;
}

class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, count: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  get counts(): Counts {
    return Object.fromEntries([...this.#counts].toSorted(([left], [right]) => (left < right ? -1 : 1)));
  }
}

function enter(object: object, tally: Tally): void {
  for (let prototype = prototypeOf(object); prototype !== undefined; prototype = prototypeOf(prototype)) {
    const known = CLASSES.get(prototype);
    if (known === undefined) continue;
    tally.add(known.name, 1);
    if (known.isOurs)
      for (const [property, size] of ownCollections(object)) tally.add(`${known.name}.${property}`, size);
  }
  if (typeof object === 'function') return;
  tally.add('Map and Set entries', sizeOf(object));
  tally.add('EventEmitter listeners', emitterListeners(object));
  tally.add('EventTarget listeners', targetListeners(object));
  tally.add('AbortSignal followers', followers(object));
}

function prototypeOf(object: object): object | undefined {
  const prototype: unknown = Object.getPrototypeOf(object);
  return isObject(prototype) ? prototype : undefined;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
