import { checkConsoleToken } from './checks/console-token.js';
import { crossChecks } from './checks/cross-checks.js';
import { entryNameProblems } from './checks/entry-names.js';
import { type ProblemsAt, problemsIn } from './checks/location.js';
import { salvagedWarnings } from './checks/salvage.js';
import { checkTlsFiles, tlsFilesOf } from './checks/tls-files.js';
import { entryNames, type UserModule, userModules } from './checks/user-modules.js';
import { findWarnings } from './checks/warnings/warnings.js';
import type { Configuration } from './configuration.js';
import { readEnvironment } from './environment.js';
import type { Variables } from './interpolation/interpolation.js';
import { normalize } from './normalization.js';
import { byRule, inReadingOrder, type Problem } from './problem.js';
import { fileSchema } from './schema/schema.js';
import { schemaProblems } from './schema/schema-problems.js';
import { textWhereWanted } from './schema/wanted-text.js';
import { type Selection, selectEntries, unknownNames } from './selection.js';
import type { JoinedDocument } from './source/joined-document.js';
import { joinSources } from './source/source.js';
import { parseYaml, readYamlFile, type YamlReading } from './yaml/yaml-document.js';

/** A configuration with its warnings, or every problem of the file. */
export type ConfigurationReading = (
  | { readonly ok: true; readonly configuration: Configuration; readonly problemsAt: ProblemsAt }
  | { readonly ok: false; readonly problems: readonly Problem[] }
) & {
  readonly warnings: readonly Problem[];
  /** Modules that the file names, its invalid parts included; those of entries that are not selected are not. */
  readonly modules: readonly UserModule[];
  /** Names variables and secret files in a text instead of their values. */
  readonly conceal: (text: string) => string;
};

/** What a configuration depends on besides its files. */
export interface ReadingOptions extends Selection {
  /** For `${NAME}`; default: the environment. */
  readonly variables?: Variables;
}

/** Reads and checks the configuration file and what it includes; never throws, problems are values. */
export async function loadConfiguration(file: string, options: ReadingOptions = {}): Promise<ConfigurationReading> {
  const { reading, document } = check(readYamlFile(file, { templates: true }), options);
  if (document === undefined) return reading;
  const tls = reading.ok ? reading.configuration.connection.tls : tlsFilesOf(document);
  const found = await checkTlsFiles(tls, document);
  const tlsWarnings = document.presentable(byRule('tls', found.warnings));
  const tlsProblems = document.presentable(byRule('tls', found.problems));
  const console = checkConsoleToken(reading.ok ? reading.configuration.http : undefined, document);
  const warnings = inReadingOrder(
    [...reading.warnings, ...tlsWarnings, ...document.presentable(console.warnings)],
    file,
  );
  const problems = [...(reading.ok ? [] : reading.problems), ...tlsProblems, ...document.presentable(console.problems)];
  if (problems.length === 0) return { ...reading, warnings };
  const { modules, conceal } = reading;
  return { ok: false, problems: inReadingOrder(problems, file), warnings, modules, conceal };
}

/** Like `loadConfiguration`, for text in memory; `file` names it in problems and sets the base folder. */
export function parseConfiguration(
  file: string,
  bytes: Uint8Array,
  options: ReadingOptions = {},
): ConfigurationReading {
  return check(parseYaml(file, bytes, { templates: true }), options).reading;
}

interface Checked {
  readonly reading: ConfigurationReading;
  /** Absent: the file is no YAML. */
  readonly document?: JoinedDocument;
}

function check(yaml: YamlReading, { variables = readEnvironment().variables, ...selection }: ReadingOptions): Checked {
  const joined = joinSources(yaml, variables);
  if (!joined.ok) return { reading: { ...joined, warnings: [], modules: [], conceal: (text) => text } };
  const { document } = joined;
  textWhereWanted(fileSchema, document);
  return { reading: checkDocument(document, selection), document };
}

function checkDocument(document: JoinedDocument, selection: Selection): ConfigurationReading {
  const conceal = (text: string): string => document.conceal(text);
  const concealed = (problem: Problem): Problem => ({ ...problem, message: conceal(problem.message) });
  const sorted = (found: readonly Problem[]): Problem[] => inReadingOrder(found, document.file);
  const ofSources = document.warnings.map(concealed);
  const common = { modules: userModules(document, selection), conceal };
  const parsed = fileSchema.safeParse(document.value);
  const problems = [
    ...document.problems.map(concealed),
    ...document.presentable([
      ...byRule('schema', schemaProblems(fileSchema, document)),
      ...byRule('combination', crossChecks(document)),
      ...byRule('repeated-name', entryNameProblems(document)),
    ]),
  ];
  if (!parsed.success || problems.length > 0) {
    const warnings = sorted([...ofSources, ...salvagedWarnings(document, problems)]);
    // The names of an included file that cannot be read are not known.
    const isPartial = problems.some(({ rule }) => rule === 'include' || rule === 'syntax');
    const names = [...entryNames(document), ...(isPartial ? [undefined] : [])];
    const unselectable = document.presentable(byRule('selection', unknownNames(names, selection, document)));
    return { ok: false, problems: sorted([...problems, ...unselectable]), warnings, ...common };
  }
  const all = normalize(parsed.data, document);
  const warnings = sorted([...ofSources, ...document.presentable(findWarnings(all, document))]);
  const selected = selectEntries(all, selection, document);
  if ('problems' in selected) {
    const unselectable = document.presentable(byRule('selection', selected.problems));
    return { ok: false, problems: unselectable, warnings, ...common };
  }
  const problemsAt = problemsIn(
    document,
    selected.consumers.map((consumer) => all.consumers.indexOf(consumer)),
  );
  return { ok: true, configuration: { ...all, ...selected }, problemsAt, warnings, ...common };
}
