import { resolve } from 'node:path';
import type { ProbeTask } from '../../bridge/index.js';
import { formatPath, type Path, type Problem } from '../problem.js';
import { valueAt } from '../schema/schema-problems.js';
import { isSelected, type Selection } from '../selection.js';
import type { JoinedDocument } from '../source/joined-document.js';
import { displayName, type ModuleReference, parseModuleReference } from '../values/module-reference.js';

/** A module or a JSON Schema that the file names, and how to try it. */
export interface UserModule {
  readonly task: ProbeTask;
  /** Places a fault of the module, or of an option: `option` is its path from `options` on. Empty: reported already. */
  readonly problems: (message: string, option?: Path) => readonly Problem[];
}

/**
 * Finds the modules of a document. Reads the raw document, so that a mistake elsewhere in the file does not hide a module
 * that cannot be loaded.
 */
export function userModules(document: JoinedDocument, selection: Selection): UserModule[] {
  const { file, value, positions } = document;
  const at = (path: Path, task: ProbeTask, entry: Path = []): UserModule => ({
    task,
    problems: (message, option) => {
      const place = option === undefined ? path : [...entry, ...option];
      return document.presentable([{ file, ...positions.of(place), path: formatPath(place), message }]);
    },
  });
  const textAt = (path: Path): string | undefined => readableText(document, path);
  const referenceAt = (path: Path): ModuleReference | undefined => parseModuleReference(textAt(path) ?? '');
  const startupHandler = (): UserModule[] => {
    const path = ['startup_handler'];
    const reference = referenceAt(path);
    if (reference === undefined) return [];
    return [at(path, { kind: 'startup_handler', baseDir: document.baseDirOf(path), reference })];
  };
  const consumer = (entry: Path): UserModule[] => {
    const path = [...entry, 'consumer'];
    const reference = referenceAt(path);
    if (reference === undefined) return [];
    const options = optionsOf(valueAt(value, [...entry, 'options']));
    const baseDir = document.baseDirOf(path);
    return [at(path, { kind: 'consumer', baseDir, reference, entries: [options] }, entry)];
  };
  const middleware = (entry: Path): UserModule[] => {
    const queue = textAt([...entry, 'queue']) ?? '';
    const options = optionsOf(valueAt(value, [...entry, 'options'])) ?? {};
    return listAt(value, [...entry, 'middleware']).flatMap((path) => {
      const reference = referenceAt(path);
      if (reference === undefined) return [];
      return [at(path, { kind: 'middleware', baseDir: document.baseDirOf(path), reference, queue, options })];
    });
  };
  const schema = (entry: Path): UserModule[] => {
    const path = [...entry, 'decode', 'json', 'schema'];
    const written = textAt(path) ?? '';
    // The schema of the file reports the address of a network resource.
    if (written === '' || /^[a-z][a-z\d+.-]+:\/\//i.test(written)) return [];
    return [at(path, { kind: 'json_schema', file: resolve(document.baseDirOf(path), written) })];
  };
  return [
    ...startupHandler(),
    ...listAt(value, ['consumers'])
      .filter((entry) => isSelected(entryName(document, entry), selection))
      .flatMap((entry) => [...consumer(entry), ...middleware(entry), ...schema(entry)]),
  ];
}

/** The names of the entries of a document, valid or not; undefined for one that gives none that can be read. */
export function entryNames(document: JoinedDocument): (string | undefined)[] {
  return listAt(document.value, ['consumers']).map((entry) => entryName(document, entry));
}

function entryName(document: JoinedDocument, entry: Path): string | undefined {
  if (valueAt(document.value, [...entry, 'name']) !== undefined) return readableText(document, [...entry, 'name']);
  const reference = parseModuleReference(readableText(document, [...entry, 'consumer']) ?? '');
  return reference && displayName(reference);
}

function readableText(document: JoinedDocument, path: Path): string | undefined {
  const written = valueAt(document.value, path);
  return typeof written === 'string' && !document.isFaulty(path) ? written : undefined;
}

function listAt(value: unknown, path: Path): Path[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list.map((_, index) => [...path, index]) : [];
}

/** Undefined for options that are no mapping, which the schema of the file reports. */
function optionsOf(value: unknown = {}): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}
