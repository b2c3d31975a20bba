import type { z } from 'zod';
import type { JoinedDocument } from '../source/joined-document.js';
import { valueAt } from './schema-problems.js';

/**
 * Turns a filled-in plain scalar back into text where the schema wants text: `queue: ${QUEUE}` is a name, even if it
 * consists of digits.
 */
export function textWhereWanted(schema: z.ZodType, document: JoinedDocument): void {
  const result = schema.safeParse(document.value);
  for (const issue of result.error?.issues ?? []) {
    if (issue.code !== 'invalid_type' || issue.expected !== 'string') continue;
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    const [key] = path.slice(-1);
    const parent = valueAt(document.value, path.slice(0, -1));
    const text = document.textAt(path);
    if (text === undefined || key === undefined || typeof parent !== 'object' || parent === null) continue;
    Reflect.set(parent, key, text);
  }
}
