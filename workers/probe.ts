import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import {
  assertNever,
  type ConsumerProbe,
  type ProbeReport,
  type ProbeTask,
  type StartStep,
  toErrorData,
} from '../src/bridge/index.js';
import { DispatcherError } from '../src/errors/index.js';
import { DecoderLoader } from './load/decoder-loader.js';
import { tryMiddleware } from './load/middleware-trial.js';
import { ModuleLoader } from './load/module-loader.js';
import { checkOptions } from './load/options-check.js';

if (isMainThread || parentPort === null) {
  throw new DispatcherError(
    'WORKER_ENTRY_MISUSED',
    'workers/probe.js loads user modules: it runs in worker threads only',
  );
}

const port = parentPort;
const given: ProbeTask = workerData;

port.on('message', () => tell({ type: 'awake' }));
// What waits for nothing must not take the whole timeout.
port.unref();
process.on('beforeExit', () => tell({ type: 'unsettled' }));
// Node.js would warn about our top-level await, not the user's.
void run();

async function run(): Promise<void> {
  try {
    await probe(given);
    tell({ type: 'done' });
  } catch (error) {
    tell({ type: 'failed', error: toErrorData(error) });
  }
}

function tell(report: ProbeReport): void {
  port.postMessage(report);
}

function onStep(step: StartStep): void {
  tell({ type: 'began', step });
}

async function probeConsumer({ baseDir, reference, entries = [] }: ConsumerProbe): Promise<void> {
  const consumerClass = await new ModuleLoader(baseDir, onStep).consumerClass(reference);
  for (const [entry, options] of entries.entries()) {
    if (options === undefined) continue;
    const { faults } = await checkOptions(consumerClass, reference, options);
    for (const fault of faults) tell({ type: 'option', entry, fault });
  }
}

async function probeStartup({ baseDir, reference }: ConsumerProbe): Promise<void> {
  const { misnamed } = await new ModuleLoader(baseDir, onStep).startupHandler(reference);
  if (misnamed !== undefined) tell({ type: 'misnamed_shutdown', exportName: misnamed });
}

async function probe(task: ProbeTask): Promise<void> {
  switch (task.kind) {
    case 'consumer':
      return probeConsumer(task);
    case 'startup_handler':
      return probeStartup(task);
    case 'log_transport':
      return void (await new ModuleLoader(task.baseDir, onStep).logTransport(task.reference));
    case 'middleware':
      return tryMiddleware(task, new ModuleLoader(task.baseDir, onStep));
    case 'json_schema':
      return void (await new DecoderLoader(onStep).decoder({ json: { schema: { file: task.file } } }));
    default:
      return assertNever(task);
  }
}
