import type { ModuleReference } from '../../src/bridge/index.js';
import { ConfigurationError } from '../../src/errors/index.js';

type Placed = Pick<ModuleReference, 'place'>;

/** A message as `--validate` writes it: with the place in the file, if it is known. */
export function placed({ place }: Placed, message: string): string {
  return place === undefined ? message : `${place}  ${message}`;
}

/**
 * Loads what the file names.
 * @throws ConfigurationError, with the place in the file
 */
export async function loadPlaced<Part>(named: Placed, load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(error.code, placed(named, error.message), { cause: error.cause });
  }
}
