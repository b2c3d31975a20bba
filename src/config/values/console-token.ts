import { readSecretFile, type SecretReading } from '../interpolation/secret-file.js';

const SHORTEST = 16;
export const TOKEN_EXPECTED = `at least ${SHORTEST} characters: openssl rand -hex 32 makes a token`;

/** Reads the token of the console from its file, or says why there is none: `is empty (expected …)`. */
export function readConsoleToken(path: string): SecretReading {
  const reading = readSecretFile(path);
  const fault = 'text' in reading ? tokenFault(reading.text) : undefined;
  return fault === undefined ? reading : { reason: `${fault} (expected ${TOKEN_EXPECTED})` };
}

/** Why a text is no token. */
export function tokenFault(text: string): string | undefined {
  if (text.trim() === '') return 'is empty';
  return text.length < SHORTEST ? `holds ${text.length} characters` : undefined;
}
