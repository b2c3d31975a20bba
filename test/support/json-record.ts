/** A JSON object whose fields are not known yet. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object in a text, or undefined when it is no JSON object. */
export function parseRecord(text: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: the caller says what that means
  }
}

/** The objects of a text with one JSON object per line; other lines are left out. */
export function parseRecordLines(text: string): JsonRecord[] {
  return text
    .split('\n')
    .map(parseRecord)
    .filter((record) => record !== undefined);
}

/** The objects of a JSON array; anything else in it is left out. */
export function recordsOf(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
