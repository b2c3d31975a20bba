import type { z } from 'zod';
import { nearestKey, suggestValue } from '../checks/did-you-mean.js';
import { describeValue, formatPath, type Path, type Problem } from '../problem.js';
import type { YamlDocument } from '../yaml/yaml-document.js';
import { trapIn } from '../yaml/yaml-trap.js';
import { EXCHANGE_TYPE_EXPECTED, EXCHANGE_TYPES } from './vocabulary.js';

/** How the message about an unknown key begins. */
export const UNKNOWN_KEY = 'is not a known key';

/** Reports what a schema rejects in a document. */
export function schemaProblems(schema: z.ZodType, document: YamlDocument): Problem[] {
  const result = schema.safeParse(document.value);
  return result.success ? [] : result.error.issues.flatMap((issue) => describeIssue(issue, document));
}

/** The schemas in vocabulary.ts put the expected value into an issue's message. */
function describeIssue(issue: z.core.$ZodIssue, { file, value, positions }: YamlDocument): Problem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      file,
      ...positions.ofKey([...path, key]),
      path: formatPath([...path, key]),
      ...describeUnknownKey(key, issue.message),
    }));
  }
  const found = valueAt(value, path);
  if (found === undefined) {
    const position = positions.of(path.slice(0, -1));
    return [{ file, ...position, path: formatPath(path), message: 'is missing', expected: issue.message }];
  }
  const suggestion = suggestValue({ found, expected: issue.message, words: wordsOf(issue) });
  const described =
    suggestion === undefined ? describeValue(found) : `${describeValue(found)}, did you mean ${suggestion}?`;
  const size = typeof found === 'string' && issue.message.includes('bytes') ? Buffer.byteLength(found) : 0;
  const sized = size > LONGEST_SHORT_STRING ? `${described}, ${size} bytes long` : described;
  const message = path.length > 0 ? sized : found === null ? 'the file is empty' : describeFile(found);
  const expected = `${issue.message}${hint(issue, found, positions.written(path))}`;
  return [{ file, ...positions.of(path), path: formatPath(path), message, expected }];
}

const LONGEST_SHORT_STRING = 255;

function wordsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.filter((value) => typeof value === 'string');
  return issue.message === EXCHANGE_TYPE_EXPECTED ? EXCHANGE_TYPES : [];
}

function hint(issue: z.core.$ZodIssue, found: unknown, written: string): string {
  if (found === null) {
    const trap = trapIn(written);
    return trap === undefined ? '' : `; ${trap}`;
  }
  const isText = issue.code === 'invalid_type' && /\btext\b/.test(issue.message);
  if (!isText || (typeof found !== 'number' && typeof found !== 'boolean')) return '';
  const [token] = /^[^\s,\]}]+/.exec(written) ?? [];
  return token === undefined ? '' : `; in quotes it is text: "${token}"`;
}

function describeUnknownKey(key: string, known: string): Pick<Problem, 'message' | 'expected'> {
  const suggestion = nearestKey(key, known.split(', '));
  return suggestion === undefined
    ? { message: UNKNOWN_KEY, expected: `one of ${known}` }
    : { message: `${UNKNOWN_KEY}, did you mean "${suggestion}"?` };
}

function describeFile(value: unknown): string {
  return `the file as a whole ${describeValue(value)}`;
}

/** The value at a path of a document; undefined when there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.getOwnPropertyDescriptor(current, step)?.value;
  }
  return current;
}
