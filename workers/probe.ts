import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { DispatcherError } from '../src/errors/index.js';
import { type ModuleReference, toErrorData } from '../src/protocol/index.js';
import { ModuleLoader } from './module-loader.js';

if (isMainThread || parentPort === null) {
  throw new DispatcherError(
    'WORKER_ENTRY_MISUSED',
    'workers/probe.js loads user modules: it runs in worker threads only',
  );
}

/** What `--validate` asks a probe to load: one module, in a thread of its own. */
export interface ProbeTask {
  readonly kind: 'consumer' | 'startup_handler';
  readonly baseDir: string;
  readonly reference: ModuleReference;
}

const task: ProbeTask = workerData;
const loader = new ModuleLoader(task.baseDir);
try {
  if (task.kind === 'consumer') await loader.consumerClass(task.reference);
  else await loader.startupHandler(task.reference);
  parentPort.postMessage({ ok: true });
} catch (error) {
  parentPort.postMessage({ ok: false, error: toErrorData(error) });
}
