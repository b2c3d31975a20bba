import type { MessagePort } from 'node:worker_threads';
import { pino } from 'pino';
import { MessageMemory } from '../../../src/amqp/index.js';
import { startStep } from '../../../src/bridge/index.js';
import type { Delivery, Slot } from '../../../src/dispatch/delivery.js';
import { lineForm } from '../../../src/logging/index.js';
import type { StackReport } from '../../../src/threads/index.js';
import { ThreadSupervisor } from '../../../src/threads/supervision/thread-supervisor.js';
import { FakeFlow } from '../dispatch/fake-flow.js';
import { makeSlot } from '../dispatch/stepped-worker.js';

const nothing = (): void => undefined;

const LOOPS: StackReport = { thread: 0, state: 'javascript', frames: [], text: 'loops (a.js:1:1)' };

/** A fake worker thread, which answers a session and dies when the test says so. */
interface FakeThread {
  readonly port: MessagePort;
  readonly die: (cause: Error) => void;
}

/** The supervisor of a thread with one slot, on which nothing runs. */
export class SupervisorBench {
  readonly supervisor: ThreadSupervisor<Delivery>;
  readonly slot: Slot = makeSlot(0, 0);
  /** The threads in order of their start. */
  readonly threads: FakeThread[] = [];
  readonly messages: string[] = [];
  readonly flow = new FakeFlow();
  /** False: instances are never created. */
  makesInstances = true;
  /** The error that the constructor of the next instance throws. */
  constructorError: Error | undefined;
  /** The last stack of a thread. */
  stackOf = (): Promise<StackReport> => Promise.resolve(LOOPS);
  readonly stopping = new AbortController();

  /** @param startupTimeoutMs limit of a start */
  constructor(startupTimeoutMs = 10_000) {
    const write = (line: string): void => void this.messages.push(String(Reflect.get(Object(JSON.parse(line)), 'msg')));
    this.slot.flow = this.flow;
    this.supervisor = new ThreadSupervisor<Delivery>({
      thread: 0,
      threads: 1,
      plan: { slots: [this.slot] },
      run: ({ port }, signal) => this.start(port, signal),
      stackOf: () => this.stackOf(),
      stopping: this.stopping.signal,
      baseDir: '/',
      startupHandler: undefined,
      startupTimeoutMs,
      logging: { level: 'silent', options: {}, form: lineForm({ format: 'json', messageKey: 'msg' }) },
      sourceMaps: true,
      groups: [],
      window: 8,
      memory: new MessageMemory(),
      logger: pino({ level: 'info' }, { write }),
      random: () => 1,
      events: {
        publish: nothing,
        log: nothing,
        metrics: nothing,
        metricsGone: nothing,
        threadTerminates: ({ running, reason, stack }) =>
          void this.messages.push(`terminates: ${running.length} run, ${reason?.message ?? 'no reason'}, ${stack}`),
        threadDied: ({ cause }) => void this.messages.push(`died: ${cause.message}`),
        fatal: (error) => void this.messages.push(`fatal: ${error.message}`),
      },
    });
  }

  async serve(): Promise<void> {
    await this.supervisor.runStartup();
    await this.supervisor.start();
  }

  close(): void {
    this.stopping.abort();
    this.supervisor.kill();
  }

  private start(port: MessagePort, signal: AbortSignal): Promise<void> {
    port.on('message', (message: unknown) => {
      switch (Reflect.get(Object(message), 'type')) {
        case 'startup':
          return port.postMessage({ type: 'startup_done' });
        case 'host':
          port.postMessage({ type: 'began', step: startStep('instance', 'the constructor of ./a.mjs:A') });
          return this.makesInstances ? port.postMessage({ type: 'hosted', failures: this.failures() }) : undefined;
        case 'ask':
          return port.postMessage({ type: 'awake' });
        case 'stop':
          this.messages.push('stop');
          return port.postMessage({ type: 'ended' });
      }
    });
    return new Promise((_, reject) => {
      const die = (cause: Error): void => {
        port.removeAllListeners('message');
        reject(cause);
      };
      signal.addEventListener('abort', () => die(new Error('aborted')));
      this.threads.push({ port, die });
    });
  }

  private failures(): readonly object[] {
    const error = this.constructorError;
    return error === undefined ? [] : [{ slot: 0, error: { name: error.name, message: error.message } }];
  }
}
