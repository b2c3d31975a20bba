import { nearestWord } from '../errors/index.js';
import type { Configuration, ConsumerConfig } from './configuration.js';
import type { Problem } from './problem.js';
import type { YamlDocument } from './yaml/yaml-document.js';

/** Which entries to run, by name; without any, all of them. */
export interface Selection {
  /** Run these and no others. */
  readonly only?: readonly string[];
  /** Run all but these. */
  readonly except?: readonly string[];
}

/** The entries that a selection leaves, or the names that fit none. */
export type SelectionResult =
  | { readonly consumers: readonly ConsumerConfig[] }
  | { readonly problems: readonly Problem[] };

/** True for an entry that runs; `name` is undefined where the file gives none that can be read. */
export function isSelected(name: string | undefined, { only, except = [] }: Selection): boolean {
  if (name === undefined) return only === undefined;
  return (only?.includes(name) ?? true) && !except.includes(name);
}

/** Applies `--only` and `--except`; exchanges and queues stay, because other daemons may rely on them. */
export function selectEntries(
  { consumers }: Configuration,
  selection: Selection,
  { file, positions }: YamlDocument,
): SelectionResult {
  const names = consumers.map(({ name }) => name);
  const problems = unknownNames(names, selection, { file, positions });
  if (problems.length > 0) return { problems };
  const chosen = consumers.filter(({ name }) => isSelected(name, selection));
  if (chosen.length > 0) return { consumers: chosen };
  const place = { file, ...positions.ofKey(['consumers']), path: 'consumers' };
  return { problems: [{ ...place, message: 'has no entry left to run', expected: 'at least one entry' }] };
}

/**
 * Finds the names of a selection that no entry has.
 * @param entryNames undefined for an entry whose name cannot be read: then only a name that is close to another is reported
 */
export function unknownNames(
  entryNames: readonly (string | undefined)[],
  { only = [], except = [] }: Selection,
  { file, positions }: Pick<YamlDocument, 'file' | 'positions'>,
): Problem[] {
  const names = [...new Set(entryNames.filter((name) => name !== undefined))];
  const isComplete = !entryNames.includes(undefined);
  const note = (message: string, expected: string): Problem => ({
    file,
    ...positions.ofKey(['consumers']),
    path: 'consumers',
    message,
    expected,
  });
  const unknown = (flag: string, wanted: readonly string[]): Problem[] =>
    wanted
      .filter((name) => !names.includes(name))
      .flatMap((name) => {
        const nearest = nearestWord(name, names);
        if (nearest === undefined && !isComplete) return [];
        const suggestion = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
        return note(
          `has no entry ${JSON.stringify(name)}, which ${flag} names${suggestion}`,
          `one of ${names.join(', ')}`,
        );
      });
  return [...unknown('--only', only), ...unknown('--except', except)];
}
