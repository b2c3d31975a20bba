import { isMainThread, parentPort, resourceLimits, workerData } from 'node:worker_threads';
import { DispatcherError, messageOf } from '../../../errors/index.js';
import type { DeadThreadPlan, FromDeadThread, ToDeadThread } from '../operation.js';
import { DeadWork } from './dead-work.js';

/** The entry of the thread that works on dead queues. It ends when the main thread says so. */
if (isMainThread || parentPort === null) {
  throw new DispatcherError('WORKER_ENTRY_MISUSED', 'dead-worker.js is the entry of a worker thread');
}
const port = parentPort;
const plan: DeadThreadPlan = workerData;
const interrupts = new Map<number, AbortController>();
const post = (message: FromDeadThread): void => port.postMessage(message);
/** Beyond a limit of the heap, V8 ends the thread. The other half is for reading a queue. */
const mostBytes = ((resourceLimits?.maxOldGenerationSizeMb ?? Number.POSITIVE_INFINITY) / 2) * 1024 ** 2;
const work = new DeadWork(plan, { mostBytes, log: (line) => post({ kind: 'log', line }) });

async function begin({ id, operation }: Extract<ToDeadThread, { kind: 'begin' }>): Promise<void> {
  const interrupt = new AbortController();
  interrupts.set(id, interrupt);
  try {
    const result = await work.perform(operation, interrupt.signal);
    post({ kind: 'done', id, json: JSON.stringify(result) });
  } catch (error) {
    const code = error instanceof DispatcherError ? error.code : 'FAILED';
    post({ kind: 'failed', id, code, message: messageOf(error) });
  } finally {
    interrupts.delete(id);
  }
}

async function end(): Promise<void> {
  await work.close();
  port.close();
}

port.on('message', (message: ToDeadThread) => {
  switch (message.kind) {
    case 'begin':
      // Never rejects.
      return void begin(message);
    case 'interrupt':
      return interrupts.get(message.id)?.abort(new DispatcherError('CONTROL_REFUSED', message.why));
    default:
      return void end();
  }
});
