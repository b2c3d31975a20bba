import { nearestWord } from './checks/nearest-word.js';
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

/** Applies `--only` and `--except`; exchanges and queues stay, because other daemons may rely on them. */
export function selectEntries(
  { consumers }: Configuration,
  { only, except = [] }: Selection,
  { file, positions }: YamlDocument,
): SelectionResult {
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
  const problems = [...unknown('--only', only ?? []), ...unknown('--except', except)];
  if (problems.length > 0) return { problems };
  const chosen = consumers.filter(({ name }) => (only?.includes(name) ?? true) && !except.includes(name));
  if (chosen.length > 0) return { consumers: chosen };
  return { problems: [note('has no entry left to run', 'at least one entry')] };
}
