import { createContext, type VNode } from 'preact';
import { useCallback, useContext, useEffect, useState } from 'preact/hooks';
import { act } from '../api.js';
import { wordsOf } from '../feed/use-daemon.js';

export interface Notice {
  readonly text: string;
  readonly isProblem: boolean;
}

const SHOWN_MS = 8_000;

/** Shows the outcome of an action. */
export const NoticeContext = createContext<(notice: Notice) => void>(() => {});

/** One line that screen readers announce; a problem stays until the user dismisses it. */
export function NoticeBar({
  notice,
  onDismiss,
}: {
  readonly notice: Notice | undefined;
  readonly onDismiss: () => void;
}): VNode {
  useEffect(() => {
    if (notice === undefined || notice.isProblem) return undefined;
    const timer = setTimeout(onDismiss, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div class="notices" role="status" aria-live="polite">
      {notice !== undefined && (
        <div class={notice.isProblem ? 'notice problem' : 'notice'}>
          <span class="clip">{notice.text}</span>
          <button type="button" class="quiet icon" aria-label="Dismiss" onClick={onDismiss}>
            ✕
          </button>
        </div>
      )}
    </div>
  );
}

export interface ActionRun {
  readonly verb: string;
  readonly args?: object;
  /** Shown on success. */
  readonly done: string | ((result: unknown) => string);
}

export interface Actor {
  /** True while an action runs. */
  readonly isBusy: boolean;
  /** Shows the outcome; resolves with true if the daemon did it. */
  readonly run: (action: ActionRun) => Promise<boolean>;
}

/** Performs actions one at a time, and reports their outcomes. */
export function useActor(): Actor {
  const notify = useContext(NoticeContext);
  const [isBusy, setBusy] = useState(false);
  const run = useCallback(
    async ({ verb, args = {}, done }: ActionRun): Promise<boolean> => {
      setBusy(true);
      try {
        const result = await act(verb, args);
        notify({ text: typeof done === 'string' ? done : done(result), isProblem: false });
        return true;
      } catch (error) {
        notify({ text: `Failed: ${wordsOf(error)}`, isProblem: true });
        return false;
      } finally {
        setBusy(false);
      }
    },
    [notify],
  );
  return { isBusy, run };
}
