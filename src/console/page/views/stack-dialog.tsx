import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { act } from '../api.js';
import { wordsOf } from '../feed/use-daemon.js';
import { ActionButton } from '../parts/action-button.js';
import { Dialog } from '../parts/dialog.js';
import { type FrameRun, type ThreadStack, threadStack } from './thread-stack.js';

type Look = { readonly stack: ThreadStack } | { readonly problem: string } | undefined;

/** Where the JavaScript of a thread is now. */
export function StackDialog({ thread, onClose }: { readonly thread: number; readonly onClose: () => void }): VNode {
  const [look, setLook] = useState<Look>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isOver = false;
    const ask = async (): Promise<void> => {
      const found = await act('stack', { thread }).then(
        (result) => ({ stack: threadStack(result) }),
        (error: unknown) => ({ problem: wordsOf(error) }),
      );
      if (!isOver) setLook(found);
    };
    void ask();
    return () => {
      isOver = true;
    };
  }, [thread, round]);
  return (
    <Dialog title={`Stack of thread ${thread}`} onClose={onClose} isWide>
      <div class="stack-look" aria-busy={look === undefined}>
        {look === undefined ? (
          <p class="soft">Asking the thread …</p>
        ) : 'problem' in look ? (
          <p class="problem-text" role="alert">
            No stack: {look.problem}
          </p>
        ) : (
          <Stack stack={look.stack} />
        )}
      </div>
      <footer>
        <ActionButton
          isOff={look === undefined}
          onClick={() => {
            setLook(undefined);
            setRound(round + 1);
          }}
        >
          Look again
        </ActionButton>
      </footer>
    </Dialog>
  );
}

function Stack({ stack }: { readonly stack: ThreadStack }): VNode {
  const { state, message, runs, text } = stack;
  return (
    <>
      <p>{state === 'javascript' ? 'The thread is running JavaScript:' : (text ?? state)}</p>
      {message !== null && <p class="soft">It runs {message}.</p>}
      <ol class="frames">
        {runs.map((run) =>
          run.summary === null ? (
            <Frames key={run.from} run={run} />
          ) : (
            <li key={run.from} class="folded">
              <details>
                <summary>{run.summary}</summary>
                <ol class="frames">
                  <Frames run={run} />
                </ol>
              </details>
            </li>
          ),
        )}
      </ol>
    </>
  );
}

function Frames({ run: { from, frames } }: { readonly run: FrameRun }): VNode {
  return (
    <>
      {frames.map(({ name, place }, index) => (
        <li key={index} value={from + index}>
          <code class="strong">{name}</code> <code class="soft">{place}</code>
        </li>
      ))}
    </>
  );
}
