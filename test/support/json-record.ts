/** A JSON object whose fields are not known yet. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON object in a text; undefined for any other text. */
export function parseRecord(text: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // not JSON
  }
}

/** The objects of a text with one JSON object per line; skips other lines. */
export function parseRecordLines(text: string): JsonRecord[] {
  return text
    .split('\n')
    .map(parseRecord)
    .filter((record) => record !== undefined);
}

/** The objects of a JSON array; skips other values. */
export function recordsOf(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
