import { dirname, resolve } from 'node:path';
import type { ProbeTask } from '../../bridge/index.js';
import { formatPath, type Path, type Problem } from '../problem.js';
import { valueAt } from '../schema/schema-problems.js';
import { type ModuleReference, parseModuleReference } from '../values/module-reference.js';
import type { YamlDocument } from '../yaml/yaml-document.js';

/** A module or a JSON Schema that the file names, and how to try it. */
export interface UserModule {
  readonly place: Pick<Problem, 'file' | 'path' | 'line' | 'column'>;
  readonly task: ProbeTask;
}

/**
 * Finds the modules of a document. Reads the raw document, so that a mistake elsewhere in the file does not hide a module
 * that cannot be loaded.
 */
export function userModules({ file, value, positions }: YamlDocument): UserModule[] {
  const baseDir = dirname(resolve(file));
  const at = (path: Path, task: ProbeTask): UserModule => ({
    place: { file, ...positions.of(path), path: formatPath(path) },
    task,
  });
  const referenceAt = (path: Path, probe: (reference: ModuleReference) => ProbeTask): UserModule[] => {
    const written = valueAt(value, path);
    const reference = typeof written === 'string' ? parseModuleReference(written) : undefined;
    return reference === undefined ? [] : [at(path, probe(reference))];
  };
  const middleware = (entry: Path): UserModule[] => {
    const queue = valueAt(value, [...entry, 'queue']);
    const options = optionsOf(valueAt(value, [...entry, 'options']));
    return listAt(value, [...entry, 'middleware']).flatMap((path) =>
      referenceAt(path, (reference) => ({
        kind: 'middleware',
        baseDir,
        reference,
        queue: typeof queue === 'string' ? queue : '',
        options,
      })),
    );
  };
  const schema = (entry: Path): UserModule[] => {
    const path = [...entry, 'decode', 'json', 'schema'];
    const written = valueAt(value, path);
    // The schema of the file reports the address of a network resource.
    if (typeof written !== 'string' || written === '' || /^[a-z][a-z\d+.-]+:\/\//i.test(written)) return [];
    return [at(path, { kind: 'json_schema', file: resolve(baseDir, written) })];
  };
  return [
    ...referenceAt(['startup_handler'], (reference) => ({ kind: 'startup_handler', baseDir, reference })),
    ...listAt(value, ['consumers']).flatMap((entry) => [
      ...referenceAt([...entry, 'consumer'], (reference) => ({ kind: 'consumer', baseDir, reference })),
      ...middleware(entry),
      ...schema(entry),
    ]),
  ];
}

function listAt(value: unknown, path: Path): Path[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list.map((_, index) => [...path, index]) : [];
}

function optionsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}
