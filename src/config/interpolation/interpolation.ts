import { resolve } from 'node:path';
import { type Path, shorten } from '../problem.js';
import { readSecretFile } from './secret-file.js';
import { DEEPEST_REFERENCE, type Flaw, type Part, type Reference, Template } from './template.js';

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A reference that cannot be filled in. */
export interface InterpolationFault {
  readonly path: Path;
  readonly message: string;
  readonly expected: string;
}

/** Text that came from outside the file, and the reference that it came through. */
export interface Insertion {
  readonly written: string;
  readonly value: string;
}

/** What a template became: its text, and the value that a plain scalar with that text has. */
export interface FilledTemplate {
  readonly value: unknown;
  readonly text: string;
  readonly isFaulty: boolean;
}

const EXPECTED = 'a reference: ${NAME}, ${NAME:-default} or ${file:PATH}; $${ stands for the text itself';

const FLAWS: Readonly<Record<Flaw, string>> = {
  open: 'is not closed',
  none: 'is no reference',
  deep: `is inside more than ${DEEPEST_REFERENCE} other references`,
};

/** Fills in the templates of one file: once each, also when an alias repeats them. */
export class Interpolation {
  readonly faults: InterpolationFault[] = [];
  readonly insertions: Insertion[] = [];
  readonly #variables: Variables;
  readonly #baseDir: string;
  readonly #filled = new Map<object, unknown>();
  readonly #templates = new Map<Template, FilledTemplate>();

  /** @param baseDir folder from which `${file:PATH}` is resolved */
  constructor(variables: Variables, baseDir: string) {
    this.#variables = variables;
    this.#baseDir = baseDir;
  }

  /** Returns a copy of the value with its templates filled in. */
  fill(value: unknown, path: Path = []): unknown {
    if (value instanceof Template) return this.of(value, path).value;
    if (typeof value !== 'object' || value === null) return value;
    const known = this.#filled.get(value);
    if (known !== undefined) return known;
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      this.#filled.set(value, list);
      for (const [index, item] of value.entries()) list.push(this.fill(item, [...path, index]));
      return list;
    }
    const mapping: Record<string, unknown> = {};
    this.#filled.set(value, mapping);
    for (const [key, inner] of Object.entries(value)) {
      // A plain assignment of `__proto__` would change the prototype.
      Object.defineProperty(mapping, key, {
        value: this.fill(inner, [...path, key]),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return mapping;
  }

  /** What a template became; `path` says where, if nobody has asked before. */
  of(template: Template, path: Path = []): FilledTemplate {
    const known = this.#templates.get(template);
    if (known !== undefined) return known;
    const faultsBefore = this.faults.length;
    const parts = template.parts();
    const text = this.#join(parts, path);
    const isFaulty = this.faults.length > faultsBefore;
    const isSecret = parts.some((part) => typeof part !== 'string' && part.kind === 'file');
    const value = template.isPlain && !isSecret && !isFaulty ? plainValue(text) : text;
    if (parts.some((part) => typeof part !== 'string')) this.insertions.push({ written: template.text, value: text });
    const filled = { value, text, isFaulty };
    this.#templates.set(template, filled);
    return filled;
  }

  #join(parts: readonly Part[], path: Path): string {
    return parts.map((part) => (typeof part === 'string' ? part : this.#insert(part, path))).join('');
  }

  #insert(reference: Reference, path: Path): string {
    const value = this.#resolve(reference, path);
    if (value === undefined) return reference.written;
    this.insertions.push({ written: reference.written, value });
    return value;
  }

  #resolve(reference: Reference, path: Path): string | undefined {
    const { written } = reference;
    switch (reference.kind) {
      case 'variable': {
        const { name, fallback } = reference;
        // Compose files and Nomad templates pass unset variables as empty strings.
        const value = Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined;
        if (value !== undefined && value !== '') return value;
        if (fallback !== undefined) return this.#join(fallback, path);
        const message = `needs the environment variable ${name}, which is ${value === '' ? 'empty' : 'not set'}`;
        return this.#fail({
          path,
          message,
          expected: `a value, a default as in \${${name}:-default}, or $\${ for text`,
        });
      }
      case 'file': {
        const file = this.#join(reference.path, path);
        const reading = readSecretFile(resolve(this.#baseDir, file));
        if ('text' in reading) return reading.text;
        return this.#fail({
          path,
          message: `needs the file of ${written}, which ${reading.reason}`,
          expected: "a readable text file; a relative path begins at this file's folder",
        });
      }
      case 'malformed': {
        const message = `has ${JSON.stringify(shorten(written))}, which ${FLAWS[reference.flaw]}`;
        return this.#fail({ path, message, expected: EXPECTED });
      }
      default:
        return reference satisfies never;
    }
  }

  #fail(fault: InterpolationFault): undefined {
    this.faults.push(fault);
    return undefined;
  }
}

/**
 * Reads text as a plain scalar of YAML 1.2, if that loses nothing: `007`, `1e3` and a number with too many digits stay
 * text, because they are more likely codes than numbers.
 */
function plainValue(text: string): unknown {
  if (text === '' || text === 'null' || text === '~') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d/.test(text) && String(Number(text)) === text ? Number(text) : text;
}
