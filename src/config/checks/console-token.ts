import { statSync } from 'node:fs';
import type { Configuration } from '../configuration.js';
import { readSecretFile } from '../interpolation/secret-file.js';
import { byRule, formatPath, type Problem } from '../problem.js';
import { TOKEN_EXPECTED, tokenFault } from '../values/console-token.js';
import type { YamlDocument } from '../yaml/yaml-document.js';

interface Findings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

const PATH = ['http', 'token_file'];
const OTHERS_MAY_READ = 0o004;

/**
 * Reads the file of `http.token_file`. One that cannot be read is only a warning, because a secret is seldom where CI
 * validates; the daemon does not start without it.
 */
export function checkConsoleToken(http: Configuration['http'], { file, positions }: YamlDocument): Findings {
  const path = http?.tokenFile;
  if (http === undefined || path === undefined) return { problems: [], warnings: [] };
  const at = (message: string, expected?: string): Problem[] =>
    byRule('console', [
      { file, ...positions.of(PATH), path: formatPath(PATH), message, ...(expected !== undefined && { expected }) },
    ]);
  if (!http.console) return { problems: [], warnings: at('has no effect', 'http.console: true beside it') };
  const reading = readSecretFile(path);
  if ('reason' in reading) {
    const message = `names ${path}, which ${reading.reason}: the daemon does not start without it`;
    return { problems: [], warnings: at(message) };
  }
  const fault = tokenFault(reading.text);
  return {
    problems: fault === undefined ? [] : at(`names ${path}, which ${fault}`, TOKEN_EXPECTED),
    warnings: isOpenToAll(path) ? at(`names ${path}, which every user of this machine can read`, 'mode 0600') : [],
  };
}

function isOpenToAll(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (stats.mode & OTHERS_MAY_READ) !== 0;
}
