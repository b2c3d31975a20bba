import { duration } from '../format.js';

/** A stack as the page shows it. */
export interface ThreadStack {
  readonly state: string;
  /** The message that has run longest on the thread, in words; null: none is known. */
  readonly message: string | null;
  readonly frames: readonly { readonly name: string; readonly place: string }[];
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
    frames: Array.isArray(frames) ? frames.filter(isFields).map(frameOf) : [],
    text: textOf(text),
  };
}

/** `message 7 (invoice-417) of Invoice, for 12 s` */
function messageOf({ id, name, messageId, runningMs }: Fields): string {
  const own = textOf(messageId);
  const time = typeof runningMs === 'number' ? `, for ${duration(runningMs)}` : '';
  return `message ${String(id)}${own === null ? '' : ` (${own})`} of ${String(name)}${time}`;
}

function frameOf(frame: Fields): ThreadStack['frames'][number] {
  const { file, line, column } = frame;
  const place = [file, line, column].filter((part) => typeof part === 'string' || typeof part === 'number').join(':');
  return { name: textOf(frame['function']) ?? '(anonymous)', place };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
