import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { LiveThread } from '../../api.js';
import { useDaemon } from '../feed/use-daemon.js';
import { count, megabytes, NONE, percent, plural } from '../format.js';
import { Badge } from '../parts/badge.js';
import { type Column, DataTable } from '../parts/data-table.js';
import { Confirm } from '../parts/dialog.js';
import { Meter } from '../parts/meter.js';
import { useActor } from '../parts/notices.js';
import { StackDialog } from './stack-dialog.js';

const FULL_HEAP = 0.85;

/** The threads by group: heap, utilisation, stack; recycles a group. */
export function ThreadsView(): VNode {
  const { report } = useDaemon();
  const [thread, setThread] = useState<number | undefined>();
  const columns = useMemo(() => columnsWith(setThread), []);
  const threads = report?.threads ?? [];
  const groups = [...new Set(threads.map(({ group }) => group))];
  return (
    <div class="stack">
      {groups.map((group) => (
        <Group key={group} group={group} threads={threads.filter((each) => each.group === group)} columns={columns} />
      ))}
      {threads.length === 0 && <p class="empty">The daemon has no threads yet.</p>}
      {thread !== undefined && <StackDialog thread={thread} onClose={() => setThread(undefined)} />}
    </div>
  );
}

interface GroupProps {
  readonly group: string;
  readonly threads: readonly LiveThread[];
  readonly columns: readonly Column<LiveThread>[];
}

function Group({ group, threads, columns }: GroupProps): VNode {
  const { isBusy, run } = useActor();
  const [isAsking, setAsking] = useState(false);
  return (
    <section class="panel" aria-label={`Threads of ${group}`}>
      <header class="panel-head">
        <h2 class="clip" title={group}>
          {group}
        </h2>
        <button type="button" disabled={isBusy} aria-label={`Recycle ${group}`} onClick={() => setAsking(true)}>
          {isBusy ? 'Recycling …' : 'Recycle …'}
        </button>
      </header>
      <DataTable
        label={`Threads of ${group}`}
        columns={columns}
        rows={threads}
        keyOf={({ thread }) => thread}
        empty="This group has no threads."
      />
      {isAsking && (
        <Confirm
          title={`Recycle ${group}?`}
          verb="Recycle"
          onConfirm={() => void run({ verb: 'recycle', args: { group }, done: recycled })}
          onClose={() => setAsking(false)}
        >
          <p>
            The daemon replaces {plural(threads.length, 'thread')}, one after another. A thread ends its messages after
            its successor serves.
          </p>
        </Confirm>
      )}
    </section>
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

function columnsWith(onStack: (thread: number) => void): readonly Column<LiveThread>[] {
  return [
    {
      title: 'Thread',
      kind: 'name',
      order: ({ thread }) => thread,
      cell: ({ thread }) => <span class="strong">{thread}</span>,
    },
    {
      title: 'State',
      order: ({ state }) => state,
      cell: ({ state }) => (
        <Badge tone={state === 'serving' ? 'good' : state === 'replacing' ? 'bad' : 'calm'}>{state}</Badge>
      ),
    },
    {
      title: 'Heap',
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
      title: 'Utilisation',
      order: ({ utilization }) => utilization ?? 0,
      cell: ({ thread, utilization }) => (
        <Meter label={`Utilisation of thread ${thread}`} share={utilization} text={percent(utilization)} />
      ),
    },
    { title: 'Running', isNumber: true, order: ({ running }) => running, cell: ({ running }) => count(running) },
    {
      title: 'Actions',
      kind: 'actions',
      cell: ({ thread }) => (
        <button type="button" aria-label={`Stack of thread ${thread}`} onClick={() => onStack(thread)}>
          Stack
        </button>
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
