import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { wordsOf } from '../feed/use-daemon.js';
import { NoticeContext } from '../parts/notices.js';
import { changeMessages, type DeadChange } from './dead-requests.js';
import { outcomeWords } from './dead-words.js';

export interface DeadChanger {
  /** Undefined: nothing runs. */
  readonly running: DeadChange | undefined;
  readonly run: (change: DeadChange) => void;
  /** As Ctrl-C stops the command: unchanged messages stay in the queue. */
  readonly stop: () => void;
}

/** Replays or deletes, one change at a time, and reports the outcome. It continues if its view closes. */
export function useDeadChange(onEnd: () => void): DeadChanger {
  const notify = useContext(NoticeContext);
  const [running, setRunning] = useState<DeadChange | undefined>();
  const stopping = useRef<AbortController | undefined>(undefined);
  const isShown = useRef(true);
  useEffect(
    () => () => {
      isShown.current = false;
    },
    [],
  );
  const run = async (change: DeadChange): Promise<void> => {
    const stop = new AbortController();
    stopping.current = stop;
    setRunning(change);
    try {
      const outcome = await changeMessages(change, stop.signal);
      notify({ text: `${outcomeWords(change, outcome)}.`, isProblem: outcome.kept > 0 || outcome.problem !== null });
    } catch (error) {
      const text = stop.signal.aborted
        ? 'Stopped. Messages in flight may have been changed; the others stay in the queue.'
        : `Failed: ${wordsOf(error)}`;
      notify({ text, isProblem: true });
    }
    if (!isShown.current) return;
    setRunning(undefined);
    onEnd();
  };
  return { running, run: (change) => void run(change), stop: () => stopping.current?.abort() };
}
