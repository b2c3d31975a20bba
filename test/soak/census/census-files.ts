import { join } from 'node:path';

/** Environment variable: the folder through which the soak and the probe in the daemon communicate. */
export const CENSUS_FOLDER = 'SOAK_CENSUS_FOLDER';

export interface CensusFiles {
  /** The soak creates it to request a census; the probe removes it. */
  readonly wanted: string;
  /** The soak creates it to request a heap snapshot; the probe removes it when the snapshot is written. */
  readonly snapshotWanted: string;
  readonly snapshot: string;
  /** A JSON line for each census. */
  readonly census: string;
  /** A JSON line for each warning of the process. */
  readonly warnings: string;
  /** A JSON line each second with the memory in use. */
  readonly memory: string;
}

export function censusFiles(folder: string): CensusFiles {
  return {
    wanted: join(folder, 'wanted'),
    snapshotWanted: join(folder, 'snapshot-wanted'),
    snapshot: join(folder, 'main.heapsnapshot'),
    census: join(folder, 'census.jsonl'),
    warnings: join(folder, 'warnings.jsonl'),
    memory: join(folder, 'memory.jsonl'),
  };
}
