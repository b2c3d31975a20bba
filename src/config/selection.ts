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
  const { only = [], except = [] } = selection;
  const names = [...new Set(consumers.map(({ name }) => name))];
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
      .map((name) => {
        const nearest = nearestWord(name, names);
        const suggestion = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
        return note(
          `has no entry ${JSON.stringify(name)}, which ${flag} names${suggestion}`,
          `one of ${names.join(', ')}`,
        );
      });
  const problems = [...unknown('--only', only), ...unknown('--except', except)];
  if (problems.length > 0) return { problems };
  const chosen = consumers.filter(({ name }) => isSelected(name, selection));
  if (chosen.length > 0) return { consumers: chosen };
  return { problems: [note('has no entry left to run', 'at least one entry')] };
}
