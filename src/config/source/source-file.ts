import { dirname, resolve } from 'node:path';
import { Interpolation, type Variables } from '../interpolation/interpolation.js';
import { Template } from '../interpolation/template.js';
import { byRule, formatPath, type Path, type Problem } from '../problem.js';
import { valueAt } from '../schema/schema-problems.js';
import type { YamlDocument } from '../yaml/yaml-document.js';

/** One file of the configuration, with its references filled in. */
export class SourceFile {
  readonly document: YamlDocument;
  /** Absolute folder of the file. */
  readonly baseDir: string;
  /** The content, without the top-level keys that begin with `x-`. */
  readonly value: unknown;
  /** References that cannot be filled in. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly #interpolation: Interpolation;

  constructor(document: YamlDocument, variables: Variables) {
    this.document = document;
    this.baseDir = dirname(resolve(document.file));
    this.#interpolation = new Interpolation(variables, this.baseDir);
    this.value = this.#interpolation.fill(withoutAnchors(document.value));
    const { file, positions } = document;
    this.problems = this.#interpolation.faults.map(({ path, message, expected }) => ({
      file,
      ...positions.of(path),
      path: formatPath(path),
      message,
      expected,
      rule: 'reference',
    }));
    this.warnings = [...byRule('dialect', document.warnings), ...byRule('reference', keyWarnings(document))];
  }

  get insertions(): Interpolation['insertions'] {
    return this.#interpolation.insertions;
  }

  /** The value at a path as written with its references; undefined for a value without any. */
  templateAt(path: Path): string | undefined {
    return this.#templateAt(path)?.text;
  }

  /** True for a value that could not be filled in: a rule about it would repeat the problem. */
  isFaulty(path: Path): boolean {
    const template = this.#templateAt(path);
    return template !== undefined && this.#interpolation.of(template).isFaulty;
  }

  /** The text of a plain scalar whose references made it a number, a boolean or null. */
  textAt(path: Path): string | undefined {
    const template = this.#templateAt(path);
    return template === undefined ? undefined : this.#interpolation.of(template).text;
  }

  #templateAt(path: Path): Template | undefined {
    const written = valueAt(this.document.value, path);
    return written instanceof Template ? written : undefined;
  }
}

function withoutAnchors(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Template) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));
}

function keyWarnings({ file, value, positions }: YamlDocument): Problem[] {
  return keysWithReferences(value, [], new Set()).map((path) => ({
    file,
    ...positions.ofKey(path),
    path: formatPath(path),
    message: 'is a key, and stays as it is written: only values are filled in',
  }));
}

function keysWithReferences(value: unknown, path: Path, seen: Set<object>): Path[] {
  if (typeof value !== 'object' || value === null || value instanceof Template || seen.has(value)) return [];
  seen.add(value);
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([step, inner]) => [
    ...(typeof step === 'string' && Template.isIn(step) ? [[...path, step]] : []),
    ...keysWithReferences(inner, [...path, step], seen),
  ]);
}
