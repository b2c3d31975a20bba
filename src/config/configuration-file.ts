import { crossChecks } from './checks/cross-checks.js';
import { checkTlsFiles } from './checks/tls-files.js';
import { findWarnings } from './checks/warnings.js';
import type { Configuration } from './configuration.js';
import { normalize } from './normalization.js';
import { inReadingOrder, type Problem } from './problem.js';
import { fileSchema } from './schema/schema.js';
import { schemaProblems } from './schema/schema-problems.js';
import { parseYaml, readYamlFile, type YamlReading } from './yaml/yaml-document.js';

/** A configuration with its warnings, or every problem of the file. */
export type ConfigurationReading =
  | { readonly ok: true; readonly configuration: Configuration; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads and checks the configuration file; never throws, problems are values. */
export async function loadConfiguration(file: string): Promise<ConfigurationReading> {
  const reading = await readYamlFile(file);
  const checked = check(reading);
  if (!checked.ok || !reading.ok) return checked;
  const { problems, warnings } = await checkTlsFiles(checked.configuration.connection.tls, reading.document);
  if (problems.length > 0) return { ok: false, problems: inReadingOrder(problems) };
  return { ...checked, warnings: inReadingOrder([...checked.warnings, ...warnings]) };
}

/** Like `loadConfiguration`, for text in memory; `file` names it in problems and sets the base folder. */
export function parseConfiguration(file: string, bytes: Uint8Array): ConfigurationReading {
  return check(parseYaml(file, bytes));
}

function check(reading: YamlReading): ConfigurationReading {
  if (!reading.ok) return reading;
  const { document } = reading;
  const parsed = fileSchema.safeParse(document.value);
  const problems = [...document.problems, ...schemaProblems(fileSchema, document), ...crossChecks(document)];
  if (!parsed.success || problems.length > 0) return { ok: false, problems: inReadingOrder(problems) };
  const configuration = normalize(parsed.data, document);
  const warnings = findWarnings(configuration, document);
  return { ok: true, configuration, warnings: inReadingOrder(warnings) };
}
