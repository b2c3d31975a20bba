const MAX_TOLD = 3;
const MAX_DEPTH = 3;

/** Returns the message of any thrown value, including those of aggregated errors. */
export function messageOf(thrown: unknown): string {
  return messageAt(thrown, []);
}

/** Returns an Error for any thrown value, with the value as cause. */
export function asError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown;
  } catch {
    // A proxy whose traps throw.
  }
  return new Error(messageOf(thrown), { cause: thrown });
}

/** Returns the stacks of an error, its causes and aggregated errors; they must not be cyclic. */
export function stacksOf(error: Error): readonly string[] {
  const { stack, message } = error;
  const errors = errorsOf(error).filter((each) => each instanceof Error);
  const { cause } = error;
  return [
    stack ?? message,
    ...(cause instanceof Error ? labelled('caused by', stacksOf(cause)) : []),
    ...errors.flatMap((each, at) => labelled(`error ${at + 1} of ${errors.length}`, stacksOf(each))),
  ];
}

function labelled(label: string, [first = '', ...others]: readonly string[]): readonly string[] {
  return [`${label}: ${first}`, ...others];
}

function messageAt(thrown: unknown, above: readonly unknown[]): string {
  try {
    if (!(thrown instanceof Error)) return String(thrown);
    const { message } = thrown;
    const path = [...above, thrown];
    const errors = above.length < MAX_DEPTH ? errorsOf(thrown).filter((each) => !path.includes(each)) : [];
    const told = errors.slice(0, MAX_TOLD).map((each) => messageAt(each, path));
    // Some errors repeat their errors in their own message.
    if (told.every((each) => message.includes(each))) return message;
    const more = errors.length > MAX_TOLD ? [`${errors.length - MAX_TOLD} more`] : [];
    return `${message === '' ? '' : `${message}: `}${[...told, ...more].join(', ')}`;
  } catch {
    return 'an unprintable value was thrown';
  }
}

/** Not only AggregateError has `errors`. */
function errorsOf(error: Error): readonly unknown[] {
  try {
    return 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  } catch {
    // A getter of the user's threw.
    return [];
  }
}
