import { Fifo } from '../../../src/timing/index.js';

/** Sizes of an object's own maps, sets, arrays and queues, by property, without calling a getter. */
export function ownCollections(object: object): readonly (readonly [property: string, size: number])[] {
  return Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(([property, { value }]) => {
    if (Array.isArray(value) || value instanceof Fifo) return [[property, value.length]];
    return value instanceof Map || value instanceof Set ? [[property, value.size]] : [];
  });
}

/** Entries of a map or a set; 0 for anything else. */
export function sizeOf(object: object): number {
  // The prototypes match as well, and throw when read.
  if (object === Map.prototype || object === Set.prototype) return 0;
  return object instanceof Map || object instanceof Set ? sizeOrNone(object) : 0;
}

/** Listeners of an event emitter, which stores a function, or an array of several, under each name. */
export function emitterListeners(object: object): number {
  const events = Reflect.getOwnPropertyDescriptor(object, '_events')?.value;
  if (typeof events !== 'object' || events === null) return 0;
  return total(Object.values(events), (listeners) => (Array.isArray(listeners) ? listeners.length : 1));
}

/** Listeners of an event target, which Node.js keeps in a map by type under a private symbol. */
export function targetListeners(object: object): number {
  const events = underSymbol(object, 'kEvents');
  if (!isIterable(events)) return 0;
  return total([...events], (entry) => (Array.isArray(entry) ? sizeOrNone(entry[1]) : 0));
}

/** Signals made of an abort signal by `AbortSignal.any`. Node.js 20 never drops one, even after its collection. */
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

/** Maps inside Node.js are not all instances of our Map. */
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
