import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { LiveThread } from '../../api.js';
import { useDaemon } from '../feed/use-daemon.js';
import { count, megabytes, NONE, percent, plural } from '../format.js';
import { ActionButton } from '../parts/action-button.js';
import { Badge, type Tone } from '../parts/badge.js';
import { type Column, DataTable } from '../parts/data-table.js';
import { Confirm } from '../parts/dialog.js';
import { Meter } from '../parts/meter.js';
import { useActor } from '../parts/notices.js';
import { StackDialog } from './stack-dialog.js';

const FULL_HEAP = 0.85;
const TONES: Readonly<Record<string, Tone>> = { serving: 'good', starting: 'calm', replacing: 'bad' };

interface Chosen {
  readonly what: 'stack' | 'recycle';
  readonly thread: LiveThread;
}

/** The heap and the utilisation of each thread, and its stack; recycles groups. */
export function ThreadsView(): VNode {
  const { report } = useDaemon();
  const [chosen, setChosen] = useState<Chosen | undefined>();
  const { isBusy, run } = useActor();
  const columns = useMemo(() => columnsFor(isBusy, setChosen), [isBusy]);
  const threads = report?.threads ?? [];
  const close = (): void => setChosen(undefined);
  return (
    <>
      <DataTable
        label="Threads"
        columns={columns}
        rows={threads}
        keyOf={({ thread }) => thread}
        textOf={({ thread, group, state }) => `${thread} ${group} ${state}`}
        empty="The daemon has no threads yet."
      />
      {chosen?.what === 'stack' && <StackDialog thread={chosen.thread.thread} onClose={close} />}
      {chosen?.what === 'recycle' && (
        <RecycleDialog
          group={chosen.thread.group}
          threads={threads.filter(({ group }) => group === chosen.thread.group).length}
          onRecycle={(group) => void run({ verb: 'recycle', args: { group }, done: recycled })}
          onClose={close}
        />
      )}
    </>
  );
}

interface RecycleProps {
  readonly group: string;
  readonly threads: number;
  readonly onRecycle: (group: string) => void;
  readonly onClose: () => void;
}

function RecycleDialog({ group, threads, onRecycle, onClose }: RecycleProps): VNode {
  return (
    <Confirm title={`Recycle ${group}?`} verb="Recycle" onConfirm={() => onRecycle(group)} onClose={onClose}>
      <p>
        The daemon replaces {plural(threads, 'thread')}
        {threads > 1 && ', one after another'}. Each old thread finishes its messages while its successor takes over.
      </p>
    </Confirm>
  );
}

/** One outcome for each thread. */
function recycled(result: unknown): string {
  const outcomes = Array.isArray(result) ? result : [];
  const replaced = outcomes.filter(
    (each: unknown) => typeof each === 'object' && each !== null && 'state' in each && each.state === 'replaced',
  );
  return `Replaced ${replaced.length} of ${plural(outcomes.length, 'thread')}.`;
}

function columnsFor(isBusy: boolean, onChoose: (chosen: Chosen) => void): readonly Column<LiveThread>[] {
  return [
    {
      title: 'Thread',
      kind: 'name',
      order: ({ thread }) => thread,
      cell: ({ thread }) => <span class="strong">{thread}</span>,
    },
    {
      title: 'Group',
      order: ({ group }) => group,
      cell: ({ group }) => (
        <span class="clip" title={group}>
          {group}
        </span>
      ),
    },
    {
      title: 'State',
      order: ({ state }) => state,
      cell: ({ state }) => <Badge tone={TONES[state] ?? 'calm'}>{state}</Badge>,
    },
    { title: 'Running', isNumber: true, order: ({ running }) => running, cell: ({ running }) => count(running) },
    {
      title: 'Utilisation',
      kind: 'wide',
      order: ({ utilization }) => utilization ?? 0,
      cell: ({ thread, utilization }) => (
        <Meter label={`Utilisation of thread ${thread}`} share={utilization} text={percent(utilization)} />
      ),
    },
    {
      title: 'Heap',
      kind: 'wide',
      order: (thread) => heapShare(thread) ?? 0,
      cell: (thread) => (
        <Meter
          label={`Heap of thread ${thread.thread}`}
          share={heapShare(thread)}
          warnFrom={FULL_HEAP}
          text={heapText(thread)}
        />
      ),
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (thread) => (
        <>
          <button
            type="button"
            aria-label={`Stack of thread ${thread.thread}`}
            onClick={() => onChoose({ what: 'stack', thread })}
          >
            Stack
          </button>
          <ActionButton
            isOff={isBusy}
            aria-label={`Recycle the group of thread ${thread.thread}: ${thread.group}`}
            onClick={() => onChoose({ what: 'recycle', thread })}
          >
            Recycle group …
          </ActionButton>
        </>
      ),
    },
  ];
}

function heapShare({ heapUsedMb, heapLimitMb }: LiveThread): number | null {
  return heapUsedMb === null || heapLimitMb === null || heapLimitMb === 0 ? null : heapUsedMb / heapLimitMb;
}

function heapText({ heapUsedMb, heapLimitMb }: LiveThread): string {
  return heapUsedMb === null ? NONE : `${megabytes(heapUsedMb)} of ${megabytes(heapLimitMb)}`;
}
