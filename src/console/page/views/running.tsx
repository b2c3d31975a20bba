import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { RunningMessage } from '../../api.js';
import { readRunning } from '../api.js';
import { useNow, usePolled } from '../feed/use-daemon.js';
import { count, duration } from '../format.js';
import { ActionButton } from '../parts/action-button.js';
import { Badge } from '../parts/badge.js';
import { type Column, DataTable } from '../parts/data-table.js';
import { Confirm } from '../parts/dialog.js';
import { EntryName } from '../parts/entry-name.js';
import { useActor } from '../parts/notices.js';
import { StackDialog } from './stack-dialog.js';

const LONG_MS = 30_000;

interface Chosen {
  readonly message: RunningMessage;
  readonly what: 'stack' | 'abort' | 'abort hard';
}

/** The messages that consumers handle now, and for how long; aborts them. */
export function RunningView(): VNode {
  const { value, at, problem } = usePolled(readRunning);
  const [chosen, setChosen] = useState<Chosen | undefined>();
  const { isBusy, run } = useActor();
  const sinceRead = Math.max(0, useNow() - at);
  const columns = useMemo(
    () =>
      columnsFor({
        sinceRead,
        isBusy,
        onChoose: setChosen,
      }),
    [sinceRead, isBusy],
  );
  return (
    <>
      {problem !== undefined && <p class="problem-text">Cannot list the running messages: {problem}</p>}
      <DataTable
        label="Running messages"
        columns={columns}
        rows={value ?? []}
        keyOf={({ id }) => id}
        textOf={({ id, name, queue, messageId, thread }) =>
          `${id} ${name} ${queue} ${messageId ?? ''} thread ${thread}`
        }
        empty={value === undefined ? 'Loading …' : 'No message is running.'}
      />
      {chosen?.what === 'stack' && <StackDialog thread={chosen.message.thread} onClose={() => setChosen(undefined)} />}
      {chosen?.what === 'abort' && (
        <Confirm
          title={`Abort message ${chosen.message.id}?`}
          verb={`Abort message ${chosen.message.id}`}
          onConfirm={() => void run(abortOf(chosen.message))}
          onClose={() => setChosen(undefined)}
        >
          <p class="wrap">
            The daemon aborts <code>amqp.signal</code> for message {chosen.message.id} of {chosen.message.name}. A
            consumer that ignores the signal goes on; “Abort hard” ends its thread.
          </p>
        </Confirm>
      )}
      {chosen?.what === 'abort hard' && (
        <Confirm
          title={`End thread ${chosen.message.thread}?`}
          verb={`End thread ${chosen.message.thread}`}
          onConfirm={() => void run(hardAbortOf(chosen.message))}
          onClose={() => setChosen(undefined)}
        >
          <p class="wrap">
            Message {chosen.message.id} of {chosen.message.name} fails, as it would at <code>timeout.hard</code>. The
            daemon replaces the thread; the other messages on it go back to their queues.
          </p>
        </Confirm>
      )}
    </>
  );
}

function abortOf({ id }: RunningMessage): { verb: string; args: object; done: string } {
  return {
    verb: 'abort',
    args: { id },
    done: `Aborted the signal of message ${id}; the consumer may ignore it.`,
  };
}

function hardAbortOf({ id, thread }: RunningMessage): { verb: string; args: object; done: string } {
  return { verb: 'abort', args: { id, hard: true }, done: `Ended thread ${thread} with message ${id}.` };
}

interface ColumnsOptions {
  readonly sinceRead: number;
  readonly isBusy: boolean;
  readonly onChoose: (chosen: Chosen) => void;
}

function columnsFor({ sinceRead, isBusy, onChoose }: ColumnsOptions): readonly Column<RunningMessage>[] {
  return [
    {
      title: 'Message',
      kind: 'name',
      order: ({ id }) => id,
      cell: ({ id, messageId }) => (
        <>
          <span class="strong">{id}</span>
          <span class="clip soft" title={messageId ?? ''}>
            {messageId ?? 'no message id'}
          </span>
        </>
      ),
    },
    {
      title: 'Entry',
      order: ({ name }) => name,
      cell: ({ name, queue }) => <EntryName name={name} queue={queue} />,
    },
    {
      title: 'Running for',
      isNumber: true,
      order: ({ runningMs }) => runningMs,
      cell: ({ runningMs }) => (
        <span class={runningMs >= LONG_MS ? 'warn-text' : ''}>{duration(runningMs + sinceRead)}</span>
      ),
    },
    {
      title: 'Attempt',
      isNumber: true,
      order: ({ attempt }) => attempt,
      cell: ({ attempt, redelivered }) => (
        <>
          {count(attempt)} {redelivered && <Badge tone="calm">redelivered</Badge>}
        </>
      ),
    },
    { title: 'Thread', isNumber: true, order: ({ thread }) => thread, cell: ({ thread }) => String(thread) },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (message) => (
        <>
          <button
            type="button"
            aria-label={`Stack of message ${message.id}`}
            onClick={() => onChoose({ message, what: 'stack' })}
          >
            Stack
          </button>
          <ActionButton
            isOff={isBusy}
            aria-label={`Abort message ${message.id}`}
            onClick={() => onChoose({ message, what: 'abort' })}
          >
            Abort …
          </ActionButton>
          <ActionButton
            class="danger-quiet"
            isOff={isBusy}
            aria-label={`Abort message ${message.id} hard`}
            onClick={() => onChoose({ message, what: 'abort hard' })}
          >
            Abort hard …
          </ActionButton>
        </>
      ),
    },
  ];
}
