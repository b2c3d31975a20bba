import { duration, plural } from '../format.js';

export interface StackFrame {
  readonly name: string;
  readonly place: string;
  /** Whose code it is; null: that of a consumer or of a package. */
  readonly owner: 'Node.js' | 'amqp-dispatcher' | null;
}

/** Neighbouring frames. */
export interface FrameRun {
  /** From 1. */
  readonly from: number;
  readonly frames: readonly StackFrame[];
  /** What the page shows instead, such as `6 frames of Node.js and amqp-dispatcher`; null: it shows the frames. */
  readonly summary: string | null;
}

/** A stack as the page shows it. */
export interface ThreadStack {
  readonly state: string;
  /** The message that has run longest on the thread, in words; null: none is known. */
  readonly message: string | null;
  /** Innermost first. */
  readonly runs: readonly FrameRun[];
  /** Why there are no frames. */
  readonly text: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the result of the verb `stack`; ignores fields that it does not know. */
export function threadStack(result: unknown): ThreadStack {
  const { state, message, frames, text } = isFields(result) ? result : {};
  return {
    state: textOf(state) ?? 'unknown',
    message: isFields(message) ? messageOf(message) : null,
    runs: runsOf(Array.isArray(frames) ? frames.filter(isFields).map(frameOf) : []),
    text: textOf(text),
  };
}

/** `message 7 (invoice-417) of Invoice, for 12 s` */
function messageOf({ id, name, messageId, runningMs }: Fields): string {
  const own = textOf(messageId);
  const time = typeof runningMs === 'number' ? `, for ${duration(runningMs)}` : '';
  return `message ${String(id)}${own === null ? '' : ` (${own})`} of ${String(name)}${time}`;
}

/** Folds as `ctl stack` does: not a single frame, and not if there are no others. */
function runsOf(frames: readonly StackFrame[]): readonly FrameRun[] {
  if (frames.every(({ owner }) => owner !== null)) return [{ from: 1, frames, summary: null }];
  const runs: { readonly from: number; readonly frames: StackFrame[] }[] = [];
  for (const [index, frame] of frames.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && (last.frames[0]?.owner === null) === (frame.owner === null)) last.frames.push(frame);
    else runs.push({ from: index + 1, frames: [frame] });
  }
  return runs.map((run) => ({ ...run, summary: summaryOf(run.frames) }));
}

function summaryOf(frames: readonly StackFrame[]): string | null {
  const owners = new Set(frames.map(({ owner }) => owner));
  if (frames.length === 1 || owners.has(null)) return null;
  const names = ['Node.js', 'amqp-dispatcher'] as const;
  return `${plural(frames.length, 'frame')} of ${names.filter((name) => owners.has(name)).join(' and ')}`;
}

function frameOf(frame: Fields): StackFrame {
  const { file, line, column, isInternal } = frame;
  const place = [file, line, column].filter((part) => typeof part === 'string' || typeof part === 'number').join(':');
  const owner = isInternal !== true ? null : textOf(file)?.startsWith('node:') === true ? 'Node.js' : 'amqp-dispatcher';
  return { name: textOf(frame['function']) ?? '(anonymous)', place, owner };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
