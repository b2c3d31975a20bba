import { basename } from 'node:path';
import { Concealment } from '../interpolation/concealment.js';
import { byRule, describeValue, formatPath, type Path, type Position, type Problem } from '../problem.js';
import type { Places, YamlDocument } from '../yaml/yaml-document.js';
import type { SourceFile } from './source-file.js';

const LISTS: readonly unknown[] = ['queues', 'exchanges', 'consumers'];
/** Files may share out the keys of a mapping, but not deeper than the configuration has mappings. */
const DEEPEST_SHARED = 3;
const LIST_EXPECTED = 'a list, each entry beginning with "- "';

/** How a message begins that quotes its value; a suggestion would give the value away. */
const QUOTED_VALUE = /^is (?:"(?:[^"\\]|\\.)*"|-?[\d.]+|true|false)(?:, did you mean (?:"(?:[^"\\]|\\.)*"|[^"?]*)\?)?/;

interface Segment {
  readonly source: SourceFile;
  readonly start: number;
  readonly count: number;
}

interface LocalPlace {
  readonly source: SourceFile;
  readonly path: Path;
}

/**
 * The configuration file and those that it includes, as one document. Its own list entries come first, so their indexes are
 * those of the file.
 */
export class JoinedDocument implements YamlDocument {
  readonly file: string;
  readonly value: unknown;
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly positions: Places;
  readonly #root: SourceFile;
  readonly #segments = new Map<string, Segment[]>();
  readonly #owners = new Map<string, SourceFile>();
  readonly #concealment: Concealment;

  constructor(root: SourceFile, included: readonly SourceFile[]) {
    this.#root = root;
    this.file = root.document.file;
    for (const source of [root, ...included]) {
      this.problems.push(...byRule('syntax', source.document.problems), ...source.problems);
      this.warnings.push(...source.warnings);
    }
    this.value = isMapping(root.value) ? this.#join([root, ...included]) : root.value;
    this.#concealment = new Concealment([root, ...included].flatMap(({ insertions }) => insertions));
    this.positions = {
      of: (path) => this.#position(path, (places, local) => places.of(local)),
      ofKey: (path) => this.#position(path, (places, local) => places.ofKey(local)),
      written: (path) => {
        const local = this.#locate(path);
        return local.source.document.positions.written(local.path);
      },
    };
  }

  /** Absolute folder of the file that a value stands in. */
  baseDirOf(path: Path): string {
    return this.#locate(path).source.baseDir;
  }

  /** True for a value that stands in the configuration file itself. */
  isOwn(path: Path): boolean {
    return this.#locate(path).source === this.#root;
  }

  /** True for a value whose references could not be filled in. */
  isFaulty(path: Path): boolean {
    const { source, path: local } = this.#locate(path);
    return source.isFaulty(local);
  }

  /** The path within the file that the value stands in; messages without a file and line begin with that file's name. */
  nameOf(path: Path): string {
    const { source, path: local } = this.#locate(path);
    return source === this.#root ? formatPath(local) : `${basename(source.document.file)}: ${formatPath(local)}`;
  }

  /** `FILE:LINE:COLUMN  path`, as a problem begins. */
  placeOf(path: Path): string {
    const { file = this.file, line, column } = this.positions.of(path);
    return `${file}:${line}:${column}  ${formatPath(this.#locate(path).path)}`;
  }

  /** The value at a path as written with its references; undefined for a value without any. */
  templateAt(path: Path): string | undefined {
    const { source, path: local } = this.#locate(path);
    return source.templateAt(local);
  }

  /** The text of a value with references; undefined for a value without any. */
  textAt(path: Path): string | undefined {
    const { source, path: local } = this.#locate(path);
    return source.textAt(local);
  }

  /** Names variables instead of their values. */
  conceal(text: string): string {
    return this.#concealment.apply(text);
  }

  /** Completes problems that a rule found: the path is that of the file, and values from outside are named, not shown. */
  presentable(problems: readonly Problem[]): Problem[] {
    return problems.flatMap((problem) => {
      const { source, path } = this.#locate(parsePath(problem.path));
      if (source.isFaulty(path)) return [];
      const template = source.templateAt(path);
      // The values first: one may contain a quote, at which the pattern would stop.
      const concealed = this.#concealment.apply(problem.message);
      const message =
        template === undefined ? concealed : concealed.replace(QUOTED_VALUE, () => `is ${JSON.stringify(template)}`);
      return [
        {
          ...problem,
          path: problem.path === '' ? '' : formatPath(path),
          message,
          ...(problem.expected !== undefined && { expected: this.#concealment.applyToQuoted(problem.expected) }),
        },
      ];
    });
  }

  #position(path: Path, find: (places: Places, local: Path) => Position): Position {
    const { source, path: local } = this.#locate(path);
    const position = find(source.document.positions, local);
    return source === this.#root ? position : { ...position, file: source.document.file };
  }

  #locate(path: Path): LocalPlace {
    const [section, index, ...rest] = path;
    if (typeof section === 'string' && typeof index === 'number') {
      const segment = this.#segments.get(section)?.find(({ start, count }) => index >= start && index < start + count);
      if (segment !== undefined) return { source: segment.source, path: [section, index - segment.start, ...rest] };
    }
    for (let length = path.length; length > 0; length--) {
      const source = this.#owners.get(JSON.stringify(path.slice(0, length)));
      if (source !== undefined) return { source, path };
    }
    return { source: this.#root, path };
  }

  #join(sources: readonly SourceFile[]): unknown {
    const joined: Record<string, unknown> = {};
    for (const source of sources) {
      if (!isMapping(source.value)) {
        this.#report(source, [], { message: source.value === null ? 'the file is empty' : 'the file is no mapping' });
        continue;
      }
      for (const [key, value] of Object.entries(source.value)) {
        if (key === 'include') {
          if (source === this.#root) joined[key] = value;
        } else if (LISTS.includes(key)) this.#append(joined, key, { source, value });
        else this.#put(joined, [key], { source, value });
      }
    }
    return joined;
  }

  #append(
    joined: Record<string, unknown>,
    key: string,
    { source, value }: { source: SourceFile; value: unknown },
  ): void {
    const before = joined[key] ?? null;
    if (value === null && before !== null) return;
    const list = Array.isArray(before) ? before : undefined;
    if (before === null && (source === this.#root || value === null)) {
      joined[key] = Array.isArray(value) ? [...value] : value;
      this.#owners.set(JSON.stringify([key]), source);
    } else if (!Array.isArray(value)) {
      const template = source.templateAt([key]);
      const message = template === undefined ? describeValue(value) : `is ${JSON.stringify(template)}`;
      const position = source.document.positions.of([key]);
      return this.#report(source, [key], { message, expected: LIST_EXPECTED, position });
    } else if (list === undefined && before !== null) {
      // Its own problem, which the schema reports.
      return;
    } else joined[key] = [...(list ?? []), ...value];
    if (!Array.isArray(value)) return;
    const segments = this.#segments.get(key) ?? [];
    segments.push({ source, start: list?.length ?? 0, count: value.length });
    this.#segments.set(key, segments);
  }

  #put(into: Record<string, unknown>, path: Path, { source, value }: { source: SourceFile; value: unknown }): void {
    const key = String(path.at(-1));
    if (!Object.hasOwn(into, key)) {
      // A plain assignment of `__proto__` would change the prototype.
      Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
      this.#owners.set(JSON.stringify(path), source);
      return;
    }
    const before = into[key];
    if (isMapping(before) && isMapping(value) && path.length <= DEEPEST_SHARED) {
      const merged: Record<string, unknown> = { ...before };
      into[key] = merged;
      for (const [inner, each] of Object.entries(value)) this.#put(merged, [...path, inner], { source, value: each });
      return;
    }
    const first = this.#locate(path).source.document;
    const { line } = first.positions.ofKey(path);
    const message = `is set twice: first in ${first.file}, line ${line}`;
    this.#report(source, path, { message, expected: 'one of the two places' });
  }

  #report(
    { document: { file, positions } }: SourceFile,
    path: Path,
    { position = positions.ofKey(path), ...problem }: Pick<Problem, 'message' | 'expected'> & { position?: Position },
  ): void {
    this.problems.push({ file, ...position, path: formatPath(path), ...problem, rule: 'include' });
  }
}

/** The inverse of `formatPath`, for all but very long keys. */
function parsePath(path: string): Path {
  return [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, name = '']) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? name : String(JSON.parse(quoted));
  });
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
