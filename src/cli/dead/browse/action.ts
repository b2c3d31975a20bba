import {
  DeadLetters,
  type DeadLettersOptions,
  EVERYTHING,
  Replay,
  removeChosen,
  type SnapshotEntry,
} from '../../../dead/index.js';

/** What a user can do to messages. */
export type ActionKind = 'replay' | 'delete';

export interface ActionOptions {
  readonly options: DeadLettersOptions;
  readonly companion: string | undefined;
  readonly signal: AbortSignal;
  readonly onDone: (done: number) => void;
}

/** Replays or deletes messages that were seen, and says what happened; those that are gone by now stay out of it. */
export async function act(
  kind: ActionKind,
  entries: readonly SnapshotEntry[],
  { options, companion, signal, onDone }: ActionOptions,
): Promise<string> {
  const letters = await openQueue(options, companion);
  try {
    const contents = entries.map(({ contentHash }) => contentHash);
    const chosen = await letters.choose({ selection: { ...EVERYTHING, contents }, signal });
    const gone = entries.length - chosen.count;
    const absence = gone === 0 || signal.aborted ? '' : `; ${gone} no longer there`;
    if (kind === 'delete') {
      return `deleted ${await removeChosen(letters, chosen, { signal, onRemoved: onDone })}${absence}`;
    }
    let why = '';
    let begun = 0;
    const replay = new Replay(letters, {
      chosen,
      signal,
      onSelected: () => onDone(++begun),
      onFailed: (_message, reason) => (why ||= reason),
    });
    await replay.run();
    const { replayed, failed } = replay.outcome;
    return `replayed ${replayed}${absence}${failed === 0 ? '' : `; ${failed} stay: ${why}`}`;
  } finally {
    await letters.close();
  }
}

/** A queue that the user names exactly must exist. */
export function openQueue(options: DeadLettersOptions, companion: string | undefined): Promise<DeadLetters> {
  return companion === undefined ? DeadLetters.open(options) : DeadLetters.openOrEmpty(options, companion);
}
