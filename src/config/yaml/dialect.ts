import { CORE_SCHEMA, YAML11_SCHEMA } from 'js-yaml';
import { formatPath, type Path, type Problem } from '../problem.js';
import type { PlainScalar, Positions } from './positions.js';

/** Tables whose values the schema does not check, so that the broker or a consumer gets what YAML makes of them. */
const FREE_TABLES = ['arguments', 'options'];

/** Warns of a plain scalar that YAML 1.1, which the original program read, or another tool reads differently. */
export function dialectWarning(file: string, { path, offset, text }: PlainScalar, positions: Positions): Problem[] {
  const message = differenceOf(text, path);
  return message === undefined ? [] : [{ file, ...positions.at(offset), path: formatPath(path), message }];
}

function differenceOf(text: string, path: Path): string | undefined {
  const [section] = path;
  // Anchors that are used somewhere are warned of by nobody: they have no meaning of their own here.
  if (typeof section === 'string' && section.startsWith('x-')) return undefined;
  const now = CORE_SCHEMA.resolveImplicitScalarTag(text).value;
  const isHexadecimal = /^[-+]?0x/i.test(text) && typeof now === 'number';
  const before = YAML11_SCHEMA.resolveImplicitScalarTag(text).value;
  if (Object.is(now, before) && !isHexadecimal) return undefined;
  if (typeof now === 'number') {
    const other = isHexadecimal ? 'hexadecimal, which other readers take for text' : `${nameOf(before)} in YAML 1.1`;
    return `is ${text}, which is the number ${now} here and ${other}: write ${now}, or "${text}" for text`;
  }
  // A key that the schema knows has been checked: there the text is what was meant, or a problem.
  if (!path.some((step) => typeof step === 'string' && FREE_TABLES.includes(step))) return undefined;
  const plain = typeof before === 'number' || typeof before === 'boolean' ? `${before}, or ` : '';
  return `is ${text}, which is text here and ${nameOf(before)} in YAML 1.1: write ${plain}"${text}" for text`;
}

function nameOf(value: unknown): string {
  if (typeof value === 'number') return `the number ${value}`;
  if (value instanceof Date) return 'a date';
  return typeof value === 'boolean' ? String(value) : 'text';
}
