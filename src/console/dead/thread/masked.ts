import type { JsonValue } from '../dead-api.js';

const SECRET = /authorization|password|secret|token|cookie|api[-_]?key/i;
const MASK = '•••';

/** True when a header of this name may hold a secret. */
export function isSecret(name: string): boolean {
  return SECRET.test(name);
}

/** Replaces the values of secret names, in tables within tables, too. */
export function masked(value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(masked);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, isSecret(name) ? MASK : masked(inner)]),
  );
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
