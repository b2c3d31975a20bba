import { crossChecks } from './checks/cross-checks.js';
import { entryNameProblems } from './checks/entry-names.js';
import { checkTlsFiles } from './checks/tls-files.js';
import { findWarnings } from './checks/warnings.js';
import type { Configuration } from './configuration.js';
import { readEnvironment } from './environment.js';
import type { Variables } from './interpolation/interpolation.js';
import { normalize } from './normalization.js';
import { inReadingOrder, type Problem } from './problem.js';
import { fileSchema } from './schema/schema.js';
import { schemaProblems } from './schema/schema-problems.js';
import { textWhereWanted } from './schema/wanted-text.js';
import { type Selection, selectEntries } from './selection.js';
import type { JoinedDocument } from './source/joined-document.js';
import { joinSources } from './source/source.js';
import { parseYaml, readYamlFile, type YamlReading } from './yaml/yaml-document.js';

/** A configuration with its warnings, or every problem of the file. */
export type ConfigurationReading =
  | {
      readonly ok: true;
      readonly configuration: Configuration;
      readonly warnings: readonly Problem[];
      /** Names variables and secret files in a text instead of their values. */
      readonly conceal: (text: string) => string;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What a configuration depends on besides its files. */
export interface ReadingOptions extends Selection {
  /** For `${NAME}`; default: the environment. */
  readonly variables?: Variables;
}

/** Reads and checks the configuration file and what it includes; never throws, problems are values. */
export async function loadConfiguration(file: string, options: ReadingOptions = {}): Promise<ConfigurationReading> {
  const checked = check(readYamlFile(file, { templates: true }), options);
  if (!checked.ok) return checked;
  const { document, ...reading } = checked;
  const { problems, warnings } = await checkTlsFiles(reading.configuration.connection.tls, document);
  if (problems.length > 0) return { ok: false, problems: inReadingOrder(document.presentable(problems), file) };
  return { ...reading, warnings: inReadingOrder([...reading.warnings, ...document.presentable(warnings)], file) };
}

/** Like `loadConfiguration`, for text in memory; `file` names it in problems and sets the base folder. */
export function parseConfiguration(
  file: string,
  bytes: Uint8Array,
  options: ReadingOptions = {},
): ConfigurationReading {
  const checked = check(parseYaml(file, bytes, { templates: true }), options);
  if (!checked.ok) return checked;
  const { document: _document, ...reading } = checked;
  return reading;
}

type Checked =
  | (Extract<ConfigurationReading, { ok: true }> & { readonly document: JoinedDocument })
  | Extract<ConfigurationReading, { ok: false }>;

function check(
  reading: YamlReading,
  { variables = readEnvironment().variables, ...selection }: ReadingOptions,
): Checked {
  const joined = joinSources(reading, variables);
  if (!joined.ok) return joined;
  const { document } = joined;
  const conceal = (text: string): string => document.conceal(text);
  const concealed = (problem: Problem): Problem => ({ ...problem, message: conceal(problem.message) });
  textWhereWanted(fileSchema, document);
  const parsed = fileSchema.safeParse(document.value);
  const problems = [
    ...document.problems.map(concealed),
    ...document.presentable([
      ...schemaProblems(fileSchema, document),
      ...crossChecks(document),
      ...entryNameProblems(document),
    ]),
  ];
  if (!parsed.success || problems.length > 0) return { ok: false, problems: inReadingOrder(problems, document.file) };
  const configuration = normalize(parsed.data, document);
  const found = document.presentable(findWarnings(configuration, document));
  const selected = selectEntries(configuration, selection, document);
  if ('problems' in selected) return { ok: false, problems: selected.problems };
  const warnings = inReadingOrder([...document.warnings.map(concealed), ...found], document.file);
  return { ok: true, configuration: { ...configuration, ...selected }, warnings, conceal, document };
}
