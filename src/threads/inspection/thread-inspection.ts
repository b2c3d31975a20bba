import { isRecord } from '../../bridge/index.js';
import { pause } from '../../timing/index.js';
import { InspectorLink, inspectionFailed, type Reply } from './inspector-link.js';
import { areOfNode, type StackReport, stackless, stackOf } from './stack-report.js';
import { mapSources, plainFrame, sampleStack } from './stack-sample.js';
import { type InspectedThread, ThreadWatch } from './thread-watch.js';
import { WorkerInspector } from './worker-inspector.js';

const STACK_MS = 2_000;
const REPLY_MS = 10_000;
/** The thread needs time to serialise a profile, and may be in a native call first. */
const PROFILE_MS = 60_000;
/** Of a heap of some GiB. */
const HEAP_MS = 15 * 60_000;
const MOSTLY = 0.5;

export interface InspectionOptions {
  /** Undefined: there is no such thread now. */
  readonly find: (thread: number) => InspectedThread | undefined;
  /** Frames name the sources of compiled modules. */
  readonly sourceMaps: boolean;
  /** How long a thread may take to begin a profile or heap snapshot. Default: 10 s. */
  readonly replyMs?: number;
}

export interface StackOptions {
  /** Default: 2 s. */
  readonly withinMs?: number;
  /** Finds the thread itself, if its number has a newer one. Default: the newest. */
  readonly find?: () => InspectedThread | undefined;
}

/**
 * Shows what worker threads do, even in an endless loop, from the main thread, which waits for them only up to the stated
 * limits. It costs nothing between calls.
 */
export class ThreadInspection {
  private readonly options: InspectionOptions;
  private readonly link = new InspectorLink();
  private readonly underWay = new Set<string>();

  constructor(options: InspectionOptions) {
    this.options = options;
  }

  /** Before the first thread starts. Without an inspector every call fails later, with the reason. */
  start(): Promise<void> {
    return this.link.open();
  }

  stop(): void {
    this.link.close();
  }

  /**
   * Where the JavaScript of a thread is. It interrupts the thread for about a millisecond.
   * @throws DispatcherError `INSPECTION_FAILED` when the thread ends meanwhile, or there is none
   */
  async stack(thread: number, { withinMs = STACK_MS, find }: StackOptions = {}): Promise<StackReport> {
    const meant = this.find(thread, find);
    const watch = new ThreadWatch(meant);
    const startedAt = performance.now();
    const leftMs = (): number => Math.max(0, withinMs - (performance.now() - startedAt));
    const inspector = new WorkerInspector(this.link, meant);
    try {
      const raw = await inspector.within(leftMs(), sampleStack(inspector));
      const evidence = watch.read();
      const plain = raw?.map(plainFrame) ?? [];
      const isIdle = plain.length === 0 || (evidence.idleShare > MOSTLY && areOfNode(plain));
      if (raw === undefined || isIdle)
        return stackless(thread, { ...evidence, withinMs, hasReplied: raw !== undefined });
      if (!this.options.sourceMaps) return stackOf(thread, plain);
      // The thread may end or be too slow: the position in the compiled file is better than none.
      const mapped = await inspector.within(leftMs(), mapSources(inspector, raw)).catch(() => undefined);
      return stackOf(thread, mapped ?? plain);
    } finally {
      inspector.close();
    }
  }

  /**
   * Profiles the processor time of a thread; returns the content of a `.cpuprofile`.
   * @throws DispatcherError `INSPECTION_FAILED`, also while another profile of it runs
   */
  profile(thread: number, durationMs: number): Promise<string> {
    return this.alone('profile', thread, async (inspector) => {
      const isOver = new AbortController();
      try {
        await this.begun(inspector, Promise.all([inspector.ask('Profiler.enable'), inspector.ask('Profiler.start')]));
        await inspector.unlessClosed(pause(durationMs, isOver.signal));
        const reply = await inspector.within(PROFILE_MS, inspector.ask('Profiler.stop'));
        if (reply === undefined) throw inspectionFailed(notWithin(PROFILE_MS));
        return JSON.stringify(reply['profile']);
      } finally {
        isOver.abort();
        // Else a profile that came too late would run on.
        inspector.tell('Profiler.disable');
      }
    });
  }

  /**
   * Lets a thread write its heap to a new file with mode 0600: it never passes through the main thread. The thread stops
   * meanwhile, and V8 builds a graph beside its heap: 725 MB and 3 to 12 s for 35 MB of small objects.
   * @throws DispatcherError `INSPECTION_FAILED`, also while another snapshot of it is written
   */
  heapSnapshot(thread: number, path: string): Promise<void> {
    return this.alone('heap snapshot', thread, async (inspector) => {
      const expression = `void process.getBuiltinModule('node:v8').writeHeapSnapshot(${JSON.stringify(path)})`;
      const reply = await inspector.within(HEAP_MS, inspector.ask('Runtime.evaluate', { expression, silent: true }));
      if (reply === undefined) throw inspectionFailed(notWithin(HEAP_MS));
      const fault = faultOf(reply);
      if (fault !== undefined) throw inspectionFailed(`the thread cannot write "${path}": ${fault}`);
    });
  }

  private async alone<Result>(
    kind: string,
    thread: number,
    work: (inspector: WorkerInspector) => Promise<Result>,
  ): Promise<Result> {
    const meant = this.find(thread);
    const name = `${kind} of worker thread ${thread}`;
    if (this.underWay.has(name)) throw inspectionFailed(`a ${name} is already under way`);
    this.underWay.add(name);
    try {
      const inspector = new WorkerInspector(this.link, meant);
      try {
        // Check first: a thread in a native call would otherwise start the work minutes later.
        await this.begun(inspector, inspector.ask('Runtime.getIsolateId'));
        return await work(inspector);
      } finally {
        inspector.close();
      }
    } finally {
      this.underWay.delete(name);
    }
  }

  private async begun(inspector: WorkerInspector, work: Promise<unknown>): Promise<void> {
    const { replyMs = REPLY_MS } = this.options;
    if ((await inspector.within(replyMs, work)) === undefined) throw inspectionFailed(notWithin(replyMs));
  }

  private find(thread: number, find = () => this.options.find(thread)): InspectedThread {
    const found = find();
    if (found === undefined || found.isEnding())
      throw inspectionFailed(`worker thread ${thread} is not running: it is starting or being replaced`);
    return found;
  }
}

function notWithin(ms: number): string {
  return `the thread did not reply within ${ms / 1_000} s: it is in a native call, or the machine is overloaded (stack says more)`;
}

/** Why the thread failed, in its words. */
function faultOf({ exceptionDetails }: Reply): string | undefined {
  if (!isRecord(exceptionDetails)) return undefined;
  const { exception, text } = exceptionDetails;
  const description = isRecord(exception) ? exception['description'] : text;
  return String(description).split('\n', 1)[0];
}
