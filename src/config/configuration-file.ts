import { crossChecks } from './checks/cross-checks.js';
import { type Locate, locateIn } from './checks/location.js';
import { salvagedWarnings } from './checks/salvage.js';
import { checkTlsFiles, tlsFilesOf } from './checks/tls-files.js';
import { type UserModule, userModules } from './checks/user-modules.js';
import { findWarnings } from './checks/warnings.js';
import type { Configuration } from './configuration.js';
import { normalize } from './normalization.js';
import { byRule, inReadingOrder, type Problem } from './problem.js';
import { fileSchema } from './schema/schema.js';
import { schemaProblems } from './schema/schema-problems.js';
import { parseYaml, readYamlFile, type YamlReading } from './yaml/yaml-document.js';

/** A configuration with its warnings, or every problem of the file. */
export type ConfigurationReading = (
  | { readonly ok: true; readonly configuration: Configuration; readonly locate: Locate }
  | { readonly ok: false; readonly problems: readonly Problem[] }
) & {
  readonly warnings: readonly Problem[];
  /** Modules that the file names, its invalid parts included. */
  readonly modules: readonly UserModule[];
};

/** Reads and checks the configuration file; never throws, problems are values. */
export async function loadConfiguration(file: string): Promise<ConfigurationReading> {
  const reading = await readYamlFile(file);
  const checked = check(reading);
  if (!reading.ok) return checked;
  const tls = checked.ok ? checked.configuration.connection.tls : tlsFilesOf(reading.document);
  const found = await checkTlsFiles(tls, reading.document);
  const warnings = inReadingOrder([...checked.warnings, ...byRule('tls', found.warnings)]);
  const problems = [...(checked.ok ? [] : checked.problems), ...byRule('tls', found.problems)];
  if (problems.length === 0) return { ...checked, warnings };
  return { ok: false, problems: inReadingOrder(problems), warnings, modules: checked.modules };
}

/** Like `loadConfiguration`, for text in memory; `file` names it in problems and sets the base folder. */
export function parseConfiguration(file: string, bytes: Uint8Array): ConfigurationReading {
  return check(parseYaml(file, bytes));
}

function check(reading: YamlReading): ConfigurationReading {
  if (!reading.ok) return { ...reading, warnings: [], modules: [] };
  const { document } = reading;
  const modules = userModules(document);
  const parsed = fileSchema.safeParse(document.value);
  const problems = [
    ...byRule('syntax', document.problems),
    ...byRule('schema', schemaProblems(fileSchema, document)),
    ...byRule('combination', crossChecks(document)),
  ];
  if (!parsed.success || problems.length > 0) {
    const warnings = inReadingOrder(salvagedWarnings(document, problems));
    return { ok: false, problems: inReadingOrder(problems), warnings, modules };
  }
  const configuration = normalize(parsed.data, document);
  const warnings = findWarnings(configuration, document);
  return { ok: true, configuration, locate: locateIn(document), warnings: inReadingOrder(warnings), modules };
}
