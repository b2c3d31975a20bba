/** A stack as the page shows it. */
export interface ThreadStack {
  readonly state: string;
  /** What it means, or which message runs; null: nothing to say. */
  readonly message: string | null;
  readonly frames: readonly { readonly name: string; readonly place: string }[];
  readonly text: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the result of the verb `stack`; what it does not know it leaves out. */
export function threadStack(result: unknown): ThreadStack {
  const { state, message, frames, text } = isFields(result) ? result : {};
  return {
    state: textOf(state) ?? 'unknown',
    message: textOf(message),
    frames: Array.isArray(frames) ? frames.filter(isFields).map(frameOf) : [],
    text: textOf(text),
  };
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
