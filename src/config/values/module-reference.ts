import { basename, extname } from 'node:path';
import type { ModuleReference } from '../../bridge/index.js';

export type { ModuleReference };

/** The expected form; completes the sentence "expected …". */
export const REFERENCE_EXPECTED = 'module:Export, such as ./workers/email.js:EmailConsumer';

/** Splits `module:Export` at its last colon; undefined when the text is malformed. */
export function parseModuleReference(written: string): ModuleReference | undefined {
  if (written.trim() !== written) return undefined;
  const colon = written.lastIndexOf(':');
  const after = written.slice(colon + 1);
  // A colon before the last slash belongs to the module: `file:///srv/email.js`, `C:\email.js`.
  if (colon === -1 || /[/\\]/.test(after)) return written === '' ? undefined : { module: written, exportName: null };
  const module = written.slice(0, colon);
  if (module === '' || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(after)) return undefined;
  return { module, exportName: after === 'default' ? null : after };
}

/** Short name for logs: the export, or the file's base name for a default export. */
export function displayName(reference: ModuleReference): string {
  if (reference.exportName !== null) return reference.exportName;
  const file = basename(reference.module.replaceAll('\\', '/'));
  return basename(file, extname(file)) || reference.module;
}
