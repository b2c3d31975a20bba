import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Variables } from '../interpolation/interpolation.js';
import { formatPath, type Path, type Problem } from '../problem.js';
import { MOST_VALUES } from '../yaml/document-limits.js';
import { readYamlFile, type YamlReading } from '../yaml/yaml-document.js';
import { filesMatching, isGlob, MOST_ENTRIES } from './glob.js';
import { JoinedDocument } from './joined-document.js';
import { SourceFile } from './source-file.js';

/** The joined document, or the problems of a file that is no YAML. */
export type SourceReading =
  | { readonly ok: true; readonly document: JoinedDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Fills in a file's references and joins what it includes. */
export function joinSources(reading: YamlReading, variables: Variables): SourceReading {
  if (!reading.ok) return reading;
  const root = new SourceFile(reading.document, variables);
  const includes = new Includes(variables, reading.values);
  includes.follow(root, [identityOf(root.document.file)]);
  const document = new JoinedDocument(root, includes.sources);
  document.problems.push(...includes.problems);
  document.warnings.push(...includes.warnings);
  return { ok: true, document };
}

/** How many includes may stand inside each other. */
const DEEPEST_INCLUDE = 20;

/** Reads included files, each once, in the order in which they are named; a file comes before what it includes. */
class Includes {
  readonly sources: SourceFile[] = [];
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly #variables: Variables;
  readonly #read = new Set<string>();
  #values: number;

  /** @param values keys and values of the configuration file itself */
  constructor(variables: Variables, values: number) {
    this.#variables = variables;
    this.#values = values;
  }

  /** @param chain files that lead here, this one last */
  follow(source: SourceFile, chain: readonly string[]): void {
    const { value } = source;
    if (typeof value !== 'object' || value === null || !('include' in value)) return;
    const { include } = value;
    if (include === null) return;
    if (!Array.isArray(include)) {
      // The schema checks the configuration file itself.
      if (chain.length > 1) this.#note(this.problems, source, { path: ['include'], message: 'is no list of paths' });
      return;
    }
    for (const [index, written] of include.entries()) {
      const path = ['include', index];
      if (source.isFaulty(path)) continue;
      if (typeof written === 'string' && written !== '') this.#include(source, { path, written, chain });
      else if (chain.length > 1) this.#note(this.problems, source, { path, message: 'is no path' });
    }
  }

  #include(
    source: SourceFile,
    { path, written, chain }: { path: Path; written: string; chain: readonly string[] },
  ): void {
    const shown = JSON.stringify(source.templateAt(path) ?? written);
    if (!isGlob(written)) {
      const cycle = chain.indexOf(identityOf(resolve(source.baseDir, written)));
      if (cycle === -1) return this.#join(source, { path, file: fileFrom(source, written), shown, chain });
      const message = `is ${shown}, and includes itself: ${[...chain.slice(cycle), chain[cycle]].join(' → ')}`;
      return this.#note(this.problems, source, { path, message });
    }
    const matches = filesMatching(written, source.baseDir);
    if (matches === undefined) {
      const message = `is ${shown}, which would search more than ${MOST_ENTRIES} files and folders`;
      return this.#note(this.problems, source, { path, message });
    }
    const files = matches.filter((file) => !chain.includes(identityOf(file)));
    if (files.length === 0) this.#note(this.warnings, source, { path, message: `is ${shown}, which matches no file` });
    const prefix = isAbsolute(written) ? undefined : source.baseDir;
    for (const file of files) {
      const local = prefix === undefined ? file : fileFrom(source, file.slice(prefix.length + 1));
      this.#join(source, { path, file: local, shown, chain });
    }
  }

  #join(
    source: SourceFile,
    { path, file, shown, chain }: { path: Path; file: string; shown: string; chain: readonly string[] },
  ): void {
    const identity = identityOf(file);
    if (this.#read.has(identity)) return;
    this.#read.add(identity);
    if (chain.length > DEEPEST_INCLUDE) {
      const message = `is ${shown}, more than ${DEEPEST_INCLUDE} includes inside each other`;
      return this.#note(this.problems, source, { path, message });
    }
    const reading = readYamlFile(file, { templates: true });
    if (!reading.ok) {
      const [first] = reading.problems;
      const isUnread = first?.path === '' && /^(?:the file|is a folder)/.test(first.message);
      if (!isUnread) return void this.problems.push(...reading.problems);
      return this.#note(this.problems, source, { path, message: `is ${shown}: ${first.message}` });
    }
    this.#values += reading.values;
    if (this.#values > MOST_VALUES) {
      const message = `is ${shown}: ${file} brings the configuration above ${MOST_VALUES} keys and values`;
      return this.#note(this.problems, source, { path, message });
    }
    const included = new SourceFile(reading.document, this.#variables);
    this.sources.push(included);
    this.follow(included, [...chain, identity]);
  }

  #note(list: Problem[], { document }: SourceFile, { path, message }: { path: Path; message: string }): void {
    list.push({
      file: document.file,
      ...document.positions.of(path),
      path: formatPath(path),
      message,
      rule: 'include',
    });
  }
}

/** A path as a terminal can link it: from where the including file was named. */
function fileFrom({ document }: SourceFile, written: string): string {
  return isAbsolute(written) ? written : join(dirname(document.file), written);
}

/** One name for a file, however it is reached. */
function identityOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file);
  }
}
