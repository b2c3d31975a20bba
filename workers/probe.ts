import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { DispatcherError } from '../src/errors/index.js';
import { assertNever, type ProbeTask, toErrorData } from '../src/protocol/index.js';
import { DecoderLoader } from './decoder-loader.js';
import { tryMiddleware } from './middleware-trial.js';
import { ModuleLoader } from './module-loader.js';

if (isMainThread || parentPort === null) {
  throw new DispatcherError(
    'WORKER_ENTRY_MISUSED',
    'workers/probe.js loads user modules: it runs in worker threads only',
  );
}

const given: ProbeTask = workerData;
try {
  await probe(given);
  parentPort.postMessage({ ok: true });
} catch (error) {
  parentPort.postMessage({ ok: false, error: toErrorData(error) });
}

/** Resolves when there is nothing wrong. */
async function probe(task: ProbeTask): Promise<void> {
  switch (task.kind) {
    case 'consumer':
      return void (await new ModuleLoader(task.baseDir).consumerClass(task.reference));
    case 'startup_handler':
      return void (await new ModuleLoader(task.baseDir).startupHandler(task.reference));
    case 'middleware':
      return tryMiddleware(task, new ModuleLoader(task.baseDir));
    case 'json_schema':
      return void (await new DecoderLoader().decoder({ json: { schema: { file: task.file, path: '' } } }));
    default:
      return assertNever(task);
  }
}
