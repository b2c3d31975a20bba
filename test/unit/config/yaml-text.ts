/** Any JSON value. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

/** Writes a value as block-style YAML; scalars as JSON, which is YAML too. */
export function blockYaml(value: Plain, indent = ''): string {
  if (Array.isArray(value) && value.length > 0) {
    return value.map((item) => `${indent}-${behind(item, indent)}`).join('');
  }
  if (isMapping(value) && Object.keys(value).length > 0) {
    return Object.entries(value)
      .map(([key, item]) => `${indent}${JSON.stringify(key)}:${behind(item, indent)}`)
      .join('');
  }
  return `${indent}${JSON.stringify(value)}\n`;
}

function behind(value: Plain, indent: string): string {
  const nested = (Array.isArray(value) || isMapping(value)) && Object.keys(value).length > 0;
  return nested ? `\n${blockYaml(value, `${indent}  `)}` : ` ${JSON.stringify(value)}\n`;
}

/** Copies a value and replaces, or removes, what stands at a path. */
export function withAt(value: Plain, path: readonly (string | number)[], replacement: Plain | undefined): Plain {
  const [step, ...rest] = path;
  if (step === undefined) return replacement ?? null;
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === step ? withAt(item, rest, replacement) : item));
  }
  if (!isMapping(value)) return value;
  const entries = new Map(Object.entries(value));
  const key = String(step);
  if (rest.length === 0 && replacement === undefined) entries.delete(key);
  else entries.set(key, withAt(entries.get(key) ?? null, rest, replacement));
  return Object.fromEntries(entries);
}

function isMapping(value: Plain): value is { [key: string]: Plain } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
