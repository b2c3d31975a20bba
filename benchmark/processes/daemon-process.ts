import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { MeasuredProcess } from './measured-process.js';

/** The dist folder of this checkout. */
const OWN_DIST = fileURLToPath(new URL('../..', import.meta.url));

export interface DaemonProcessOptions {
  readonly url: string;
  readonly queue: string;
  /** Further queues, each with an entry like that of the first. */
  readonly otherQueues?: readonly string[];
  readonly folder: string;
  /** File in consumers/, without its ending; its default export is the consumer. */
  readonly consumer: string;
  readonly threads: number;
  /** One for each thread by default. */
  readonly instances?: number;
  readonly prefetch?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** More keys of each consumer entry. */
  readonly entry?: object;
  /** More keys of the file. */
  readonly file?: object;
  /** Flags for Node.js itself. */
  readonly nodeFlags?: readonly string[];
  /** The dist folder of the daemon. Default: this checkout's. The consumers are always from this checkout. */
  readonly dist?: string;
}

/** Starts the real daemon by its command. */
export async function startDaemon(options: DaemonProcessOptions): Promise<MeasuredProcess> {
  const { url, queue, folder, consumer, threads, instances = threads, prefetch, env, entry, nodeFlags = [] } = options;
  const queues = [queue, ...(options.otherQueues ?? [])];
  const configuration = {
    ...options.file,
    queues: queues.map((name) => ({ queue: name })),
    consumers: queues.map((name) => ({
      consumer: fileURLToPath(new URL(`../consumers/${consumer}.js`, import.meta.url)),
      queue: name,
      consumer_count: instances,
      ...(prefetch !== undefined && { prefetch_count: prefetch }),
      ...entry,
    })),
  };
  const file = join(folder, 'config.yml');
  await writeFile(file, dump(configuration));
  const program = resolve(options.dist ?? OWN_DIST, 'bin', 'amqp-dispatcher.js');
  const args = [...nodeFlags, program, '--config', file, '--threads', String(threads)];
  return new MeasuredProcess({ args, folder, env: { ...env, RABBITMQ_URL: url } });
}
