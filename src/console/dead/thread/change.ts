import { DeadLetters, type DeadLettersOptions, EVERYTHING, Replay, removeChosen } from '../../../dead/index.js';
import { DispatcherError, messageOf } from '../../../errors/index.js';
import type { DeadAction, DeadOutcome } from '../dead-api.js';

/**
 * Replays or deletes the messages with these contents, each as often as it is listed. Like Ctrl-C of the command, an
 * aborted signal ends it: messages in flight are waited for, the others go back.
 * @throws BrokerError when the queue cannot be opened
 */
export async function change(
  action: DeadAction,
  contents: readonly string[],
  options: DeadLettersOptions,
): Promise<DeadOutcome> {
  const { signal } = options;
  const letters = await DeadLetters.openOrEmpty(options);
  let done = 0;
  let problem: string | null = null;
  let found: number | undefined;
  try {
    const chosen = await letters.choose({ selection: { ...EVERYTHING, contents }, signal });
    if (!signal.aborted) found = chosen.count;
    if (action === 'delete') {
      await removeChosen(letters, chosen, { signal, onRemoved: (removed) => (done = removed) });
    } else {
      const replay = new Replay(letters, {
        chosen,
        signal,
        onSelected: () => undefined,
        onFailed: (_message, why) => (problem ??= why),
      });
      try {
        await replay.run();
      } finally {
        done = replay.outcome.replayed;
      }
    }
  } catch (error) {
    // Some may have been done already, so the outcome matters more.
    if (!(error instanceof DispatcherError)) throw error;
    problem ??= error.message;
  } finally {
    await letters.close();
  }
  const kept = (found ?? contents.length) - done;
  if (kept > 0 && signal.aborted) problem ??= `interrupted: ${messageOf(signal.reason)}`;
  return { done, kept, gone: contents.length - (found ?? contents.length), problem };
}
