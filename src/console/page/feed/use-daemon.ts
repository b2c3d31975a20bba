import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api.js';
import { DaemonFeed, type DaemonView } from './daemon-feed.js';

/** The feed of the page. */
export const FeedContext = createContext(new DaemonFeed());

/** Everything the page knows about the daemon; renders again at each change. */
export function useDaemon(): DaemonView {
  const feed = useContext(FeedContext);
  const [view, setView] = useState(feed.current);
  useEffect(() => feed.listen(setView), [feed]);
  return view;
}

/** The time, once a second while the page is visible. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export interface Polled<Value> {
  readonly value: Value | undefined;
  /** When the value was read; milliseconds since the epoch. */
  readonly at: number;
  readonly problem: string | undefined;
  readonly refresh: () => void;
}

/** Reads again each second while the page is visible, one request at a time. */
export function usePolled<Value>(readValue: () => Promise<Value>): Polled<Value> {
  const [state, setState] = useState<Omit<Polled<Value>, 'refresh'>>({ value: undefined, at: 0, problem: undefined });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      if (!document.hidden) {
        try {
          const value = await readValue();
          if (!isOver) setState({ value, at: Date.now(), problem: undefined });
        } catch (error) {
          const problem = wordsOf(error);
          if (!isOver) setState((before) => ({ ...before, problem }));
        }
      }
      if (!isOver) timer = setTimeout(() => void look(), 1000);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [readValue, round]);
  return { ...state, refresh: () => setRound((before) => before + 1) };
}

/** An error as a person reads it. */
export function wordsOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
