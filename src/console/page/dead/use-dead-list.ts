import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { DeadPage, DeadQueueCount } from '../../dead/dead-api.js';
import { ApiError } from '../api.js';
import { wordsOf } from '../feed/use-daemon.js';
import { type DeadFilter, NO_FILTER, readList, readQueues } from './dead-requests.js';

const COUNT_EVERY_MS = 10_000;

export interface DeadQueueCounts {
  /** Undefined: not known yet. */
  readonly queues: readonly DeadQueueCount[] | undefined;
  readonly problem: string | undefined;
  readonly refresh: () => void;
}

/** Counts the dead queues every ten seconds while the page is visible: it costs the daemon a connection each time. */
export function useQueueCounts(): DeadQueueCounts {
  const [state, setState] = useState<Omit<DeadQueueCounts, 'refresh'>>({ queues: undefined, problem: undefined });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isOver = false;
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        const { queues } = await readQueues();
        if (!isOver) setState({ queues, problem: undefined });
      } catch (error) {
        if (!isOver) setState((before) => ({ ...before, problem: wordsOf(error) }));
      }
    };
    void look();
    const timer = setInterval(() => void look(), COUNT_EVERY_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [round]);
  const refresh = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, refresh };
}

export interface DeadList {
  readonly filter: DeadFilter;
  /** Undefined: not read yet. */
  readonly page: DeadPage | undefined;
  readonly problem: string | undefined;
  readonly isReading: boolean;
  /** Filters the copy that the page shows. */
  readonly show: (filter: DeadFilter) => void;
  /** Reads the queue again; a quorum queue counts that as a return of each message. */
  readonly readAgain: () => void;
}

/** The messages of a queue, read once and then only on request. */
export function useDeadList(queue: string): DeadList {
  const [filter, setFilter] = useState<DeadFilter>(NO_FILTER);
  const [state, setState] = useState<Pick<DeadList, 'page' | 'problem' | 'isReading'>>({
    page: undefined,
    problem: undefined,
    isReading: true,
  });
  const newest = useRef(0);
  const load = useCallback(
    async (next: DeadFilter, look: string | null): Promise<void> => {
      const turn = ++newest.current;
      setState((before) => ({ ...before, isReading: true, problem: undefined }));
      try {
        const page = await readList(queue, next, look);
        if (turn !== newest.current) return;
        setFilter(next);
        setState({ page, problem: undefined, isReading: false });
      } catch (error) {
        if (turn !== newest.current) return;
        // The daemon keeps a copy only while somebody works with it.
        if (look !== null && error instanceof ApiError && error.status === 409) return load(next, null);
        setState((before) => ({ ...before, problem: wordsOf(error), isReading: false }));
      }
    },
    [queue],
  );
  useEffect(() => {
    void load(NO_FILTER, null);
    return () => {
      newest.current++;
    };
  }, [load]);
  const { page } = state;
  return {
    filter,
    ...state,
    show: (next) => void load(next, page?.look ?? null),
    readAgain: () => void load(filter, null),
  };
}
