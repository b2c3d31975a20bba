import { isMap, isPromise, isSet, isWeakMap, isWeakSet } from 'node:util/types';

/**
 * Says what is wrong with an object that JSON and header tables would silently write as an empty one, and what to write
 * instead; undefined if nothing is.
 */
export function flawOf(value: object): string | undefined {
  if (isPromise(value) || isFunction(value, 'then')) return 'a Promise (await it first)';
  if (isMap(value)) return 'a Map (use Object.fromEntries(map))';
  if (isSet(value)) return 'a Set (use [...set])';
  if (isWeakMap(value) || isWeakSet(value))
    return `a ${isWeakMap(value) ? 'WeakMap' : 'WeakSet'}, which cannot be listed`;
  if (isFunction(value, 'toJSON')) return undefined;
  if (isFunction(value, Symbol.asyncIterator) || isFunction(value, 'getReader')) {
    return 'a stream (collect it first)';
  }
  if (isFunction(value, 'arrayBuffer')) return `a ${nameOf(value)} (use Buffer.from(await value.arrayBuffer()))`;
  const isIterator = isFunction(value, Symbol.iterator) && Object.keys(value).length === 0 && !Array.isArray(value);
  return isIterator ? `${articleFor(nameOf(value))} (use [...value], or Object.fromEntries(value))` : undefined;
}

function isFunction(value: object, name: string | symbol): boolean {
  return typeof Reflect.get(value, name) === 'function';
}

function nameOf(value: object): string {
  const { constructor } = value;
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'iterator';
}

function articleFor(name: string): string {
  return `${/^[AEIOU]/i.test(name) ? 'an' : 'a'} ${name}`;
}
