import { fileURLToPath } from 'node:url';

/** Where a thread is: JavaScript frames, innermost first, or why there are none. */
export interface StackReport {
  readonly thread: number;
  /**
   * - `javascript`: `frames` is where its JavaScript was.
   * - `idle`: it waits for events, as while every consumer awaits a promise.
   * - `native`: it is outside JavaScript: `text` says whether it waits or computes.
   * - `no_reply`: it did not reply in time, and the reason is unknown.
   */
  readonly state: 'javascript' | 'idle' | 'native' | 'no_reply';
  readonly frames: readonly StackFrame[];
  /** The frames as lines, or one sentence. */
  readonly text: string;
}

export interface StackFrame {
  /** `(anonymous)` without a name. */
  readonly function: string;
  /** A path, or `node:…`; `<evaluated>` for code without a file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** True: code of Node.js or of the daemon, false: of a consumer or of a package. */
  readonly isInternal: boolean;
}

/** The evidence about a thread that shows no frames. */
export interface Evidence {
  readonly withinMs: number;
  /** True: it replied, so it was not outside JavaScript all the time. */
  readonly hasReplied: boolean;
  /** Share of the time that it waited for events, from 0 to 1. */
  readonly idleShare: number;
  /** Share of a processor that it used; undefined where the system does not tell. */
  readonly cpuShare: number | undefined;
  /** True: the system says that it sleeps. */
  readonly isAsleep: boolean;
}

/** The daemon's code, compiled or by its source maps. Consumers may be beside it, as in `examples/` of its repository. */
const PACKAGE = new URL('../../../../', import.meta.url);
const OWN_FOLDERS: readonly string[] = ['dist/src/', 'dist/workers/', 'src/', 'workers/'].map((folder) =>
  fileURLToPath(new URL(folder, PACKAGE)),
);

const MOSTLY = 0.5;
/** The clock of a thread has ticks of 10 ms. */
const HARDLY = 0.1;

/** The report of a thread whose JavaScript was seen. */
export function stackOf(thread: number, frames: readonly StackFrame[]): StackReport {
  return { thread, state: 'javascript', frames, text: frames.map(lineOf).join('\n') };
}

/** The report of a thread that showed no JavaScript. */
export function stackless(thread: number, evidence: Evidence): StackReport {
  const { state, text } = verdict(evidence);
  return { thread, state, frames: [], text };
}

/** True for frames that only run the event loop of Node.js: a thread that was idle shows them when it wakes. */
export function areOfNode(frames: readonly StackFrame[]): boolean {
  return frames.every(({ file }) => isOfNode(file));
}

/** @param url of a script; may be empty */
export function fileOf(url: string): string {
  if (url === '') return '<evaluated>';
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}

/** @param file as in a frame */
export function isInternalFile(file: string): boolean {
  return isOfNode(file) || OWN_FOLDERS.some((folder) => file.startsWith(folder));
}

function isOfNode(file: string): boolean {
  return file.startsWith('node:');
}

function verdict(evidence: Evidence): Pick<StackReport, 'state' | 'text'> {
  const { withinMs, hasReplied, idleShare, cpuShare = Number.NaN, isAsleep } = evidence;
  const span = spanOf(withinMs);
  if (hasReplied || idleShare > MOSTLY) {
    return {
      state: 'idle',
      text: 'idle: no JavaScript runs; its consumers are awaiting something, or it has no message',
    };
  }
  const silent = `the thread did not reply within ${span}`;
  if (idleShare > 0)
    return { state: 'no_reply', text: `${silent}, but its event loop turns: the machine is overloaded` };
  if (isAsleep && cpuShare < HARDLY) {
    return {
      state: 'native',
      text: `native: ${silent} and used no processor: it waits outside JavaScript, as in execSync or a synchronous read`,
    };
  }
  if (cpuShare > MOSTLY) {
    return {
      state: 'native',
      text:
        `native: ${silent} and used ${Math.round(Math.min(1, cpuShare) * 100)} % of a processor: it computes outside ` +
        'JavaScript, as in JSON.parse, an addon or a garbage collection',
    };
  }
  return { state: 'no_reply', text: `${silent}: it is outside JavaScript, or the machine is overloaded` };
}

function lineOf(frame: StackFrame): string {
  return `${frame.function} (${frame.file}:${frame.line}:${frame.column})`;
}

/** `0.25 s`, `2 s` */
function spanOf(ms: number): string {
  return `${Number((ms / 1_000).toFixed(2))} s`;
}
