import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dump } from 'js-yaml';

export interface DaemonFolderOptions {
  /** The configuration: YAML text, or a value to write as YAML. Default: no `--config`. */
  readonly config?: string | object;
  /** More files next to the configuration, by relative path: consumers, a startup handler, … */
  readonly files?: Readonly<Record<string, string>>;
}

/** The temporary folder of a daemon under test. */
export interface DaemonFolder {
  readonly path: string;
  readonly configFile: string | undefined;
  /** Fixture consumers append JSON lines to this file, which they find in the environment variable `TEST_RECORD`. */
  readonly recordFile: string;
}

export async function makeDaemonFolder({ config, files = {} }: DaemonFolderOptions): Promise<DaemonFolder> {
  const path = await mkdtemp(join(tmpdir(), 'daemon-'));
  for (const [name, text] of Object.entries(files)) {
    const file = join(path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const configFile = config === undefined ? undefined : join(path, 'config.yml');
  if (configFile !== undefined) await writeFile(configFile, typeof config === 'string' ? config : dump(config));
  return { path, configFile, recordFile: join(path, 'record.jsonl') };
}
