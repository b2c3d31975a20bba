import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';
import {
  DeliveryReader,
  LogCredit,
  type SessionTask,
  type StartStep,
  type ToWorker,
  toErrorData,
  Vitals,
  WorkerClaims,
} from '../src/bridge/index.js';
import { DispatcherError } from '../src/errors/index.js';
import { Outbox } from './answer/outbox.js';
import { redirectOutput } from './console/console-lines.js';
import { ConsumerHost } from './consumer-host.js';
import { keepFreedMemory } from './heap/freed-memory.js';
import { HeapWatch } from './heap/heap-watch.js';
import { CleanContext } from './instance/clean-context.js';
import { StopDeadline } from './instance/stop-deadline.js';
import { ModuleLoader } from './load/module-loader.js';
import { ThreadResources } from './thread-resources.js';
import { openTracing } from './tracing/thread-tracing.js';
import { WorkerLoggers } from './worker-logger.js';

/** `/proc/PID/task/TID` of the thread that reads it. */
const OWN_TASK = '/proc/thread-self';

/** What the end of the thread may take, after its resources have shut down. */
const END_MS = 250;

if (isMainThread) {
  throw new DispatcherError(
    'WORKER_ENTRY_MISUSED',
    'workers/session.js runs consumers: it loads in worker threads only',
  );
}

/**
 * The one task of a pool thread. It loads user code itself: Piscina stops replacing threads if one fails while it
 * starts.
 */
export async function session(task: SessionTask): Promise<void> {
  keepFreedMemory();
  // Node.js reads the map of a module when it loads the module: those of user code, not ours.
  if (task.sourceMaps) process.setSourceMapsEnabled(true);
  const context = new CleanContext();
  const outbox = new Outbox(task.port);
  const onStep = (step: StartStep): void => outbox.postNow({ type: 'began', step });
  const loader = new ModuleLoader(task.baseDir, onStep);
  const loggers = new WorkerLoggers(task.logging, outbox, new LogCredit(task.logCredit));
  const { thread, threads } = task;
  const resources = new ThreadResources({
    handler: task.startupHandler,
    thread,
    threads,
    shutdownTimeoutMs: task.shutdownTimeoutMs,
    loader,
    context,
    createLogger: () => loggers.create({ thread }),
    onStep,
    onShutdown: () => outbox.postNow({ type: 'shutdown_began' }),
  });
  const deadline = new StopDeadline();
  const vitals = new Vitals(task.vitals);
  process.once('exit', () => vitals.noteEnd());
  const reader = new DeliveryReader(task.heads);
  const tracing = task.tracing && (await openTracing(task.tracing));
  const host = new ConsumerHost({
    thread,
    threads,
    context,
    resources,
    claims: new WorkerClaims(task.claims),
    reader,
    heapWatch: new HeapWatch(vitals, task.heapMb),
    deadline,
    outbox,
    loader,
    onStep,
    loggers,
    tracing,
    onStartup: () => void startUp(),
    onStop: (withinMs) => void stop(withinMs),
  });
  redirectOutput({ stdout: process.stdout, stderr: process.stderr, console }, (level, text) =>
    host.consoleLogger.write(level, text),
  );

  async function startUp(): Promise<void> {
    try {
      await resources.start();
      outbox.postNow({ type: 'startup_done' });
    } catch (error) {
      outbox.postNow({ type: 'startup_failed', error: toErrorData(error) });
    }
  }

  let isStopping = false;

  async function stop(withinMs: number): Promise<void> {
    deadline.bring(withinMs - END_MS);
    if (isStopping) return;
    isStopping = true;
    await host.stop();
    // Publishes may follow an answer, or come from a shutdown.
    await host.requests.drained();
    await resources.stop(deadline);
    outbox.metrics.end();
    await tracing?.flush(deadline.leftMs);
    outbox.postNow({ type: 'ended' });
    task.port.close();
  }

  task.port.on('message', (message: ToWorker) => host.receive(message));
  outbox.postNow({ type: 'booted', threadId, taskId: ownTask() });
  // Never resolves, or the next session would inherit everything in this thread.
  await new Promise<never>(() => undefined);
}

/** Undefined where the system has no /proc. */
function ownTask(): number | undefined {
  try {
    return Number(basename(readlinkSync(OWN_TASK)));
  } catch {
    return undefined;
  }
}
