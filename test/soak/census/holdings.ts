import { Fifo } from '../../../src/timing/index.js';

/** Sizes of an object's own maps, sets, arrays and queues, by property. No getter of it is run. */
export function ownCollections(object: object): readonly (readonly [property: string, size: number])[] {
  return Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(([property, { value }]) => {
    if (Array.isArray(value) || value instanceof Fifo) return [[property, value.length]];
    return value instanceof Map || value instanceof Set ? [[property, value.size]] : [];
  });
}

/** Entries of a map or a set; 0 of anything else. */
export function sizeOf(object: object): number {
  // The prototypes are instances as well, and throw when they are asked.
  if (object === Map.prototype || object === Set.prototype) return 0;
  return object instanceof Map || object instanceof Set ? sizeOrNone(object) : 0;
}

/** Of an event emitter: under each name is a function, or an array of several. */
export function emitterListeners(object: object): number {
  const events = Reflect.getOwnPropertyDescriptor(object, '_events')?.value;
  if (typeof events !== 'object' || events === null) return 0;
  return total(Object.values(events), (listeners) => (Array.isArray(listeners) ? listeners.length : 1));
}

/** Of an event target: Node.js keeps them in a map by type, under a symbol of its own. */
export function targetListeners(object: object): number {
  const events = underSymbol(object, 'kEvents');
  if (!isIterable(events)) return 0;
  return total([...events], (entry) => (Array.isArray(entry) ? sizeOrNone(entry[1]) : 0));
}

/** Of an abort signal: others made of it by `AbortSignal.any`. Node.js 20 never forgets one, even when it is long gone. */
export function followers(object: object): number {
  return sizeOrNone(underSymbol(object, 'kDependantSignals'));
}

function underSymbol(object: object, description: string): unknown {
  const symbol = Object.getOwnPropertySymbols(object).find((candidate) => candidate.description === description);
  return symbol === undefined ? undefined : Reflect.getOwnPropertyDescriptor(object, symbol)?.value;
}

function total(values: readonly unknown[], measure: (value: unknown) => number): number {
  return values.reduce<number>((sum, value) => sum + measure(value), 0);
}

/** Not every map of Node.js itself is an instance of ours. */
function sizeOrNone(value: unknown): number {
  if (typeof value !== 'object' || value === null || !('size' in value)) return 0;
  try {
    return typeof value.size === 'number' ? value.size : 0;
  } catch {
    return 0; // a prototype
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
