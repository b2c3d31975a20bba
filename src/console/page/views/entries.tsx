import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { LiveEntry } from '../../api.js';
import { useDaemon } from '../feed/use-daemon.js';
import { count, duration, latency, NONE, rate } from '../format.js';
import { ActionButton } from '../parts/action-button.js';
import { Badge, type Tone } from '../parts/badge.js';
import { type Column, DataTable } from '../parts/data-table.js';
import { Confirm } from '../parts/dialog.js';
import { EntryName } from '../parts/entry-name.js';
import { useActor } from '../parts/notices.js';
import { EntrySettings } from './entry-settings.js';

const TONES: Readonly<Record<LiveEntry['state'], Tone>> = {
  subscribed: 'good',
  paused: 'calm',
  'not subscribed': 'bad',
};

/** The speed and state of each entry; pauses, resumes and changes settings. */
export function EntriesView(): VNode {
  const { report } = useDaemon();
  const [chosen, setChosen] = useState<LiveEntry | undefined>();
  const columns = useMemo(() => columnsWith(setChosen), []);
  const entries = report?.entries ?? [];
  return (
    <>
      <DataTable
        label="Entries"
        columns={columns}
        rows={entries}
        keyOf={wordFor}
        textOf={({ name, queue, state }) => `${name} ${queue} ${state}`}
        empty="The configuration has no entries."
        tools={<AllTools entries={entries} />}
      />
      {chosen !== undefined && (
        <EntrySettings
          entry={entries.find((each) => wordFor(each) === wordFor(chosen)) ?? chosen}
          word={wordFor(chosen)}
          onClose={() => setChosen(undefined)}
        />
      )}
    </>
  );
}

/** `QUEUE/NAME`, which names one entry even where names repeat. */
function wordFor({ queue, name }: LiveEntry): string {
  return `${queue}/${name}`;
}

function columnsWith(onSettings: (entry: LiveEntry) => void): readonly Column<LiveEntry>[] {
  return [
    { title: 'Entry', kind: 'name', order: ({ name }) => name, cell: (entry) => <EntryName {...entry} isRowName /> },
    {
      title: 'State',
      order: ({ state }) => state,
      cell: ({ state }) => <Badge tone={TONES[state]}>{state}</Badge>,
    },
    { title: 'Done/s', isNumber: true, order: ({ doneRate }) => doneRate, cell: ({ doneRate }) => rate(doneRate) },
    {
      title: 'Failed/s',
      isNumber: true,
      order: ({ failedRate }) => failedRate,
      cell: ({ failedRate }) => <span class={failedRate > 0 ? 'bad-text' : ''}>{rate(failedRate)}</span>,
    },
    { title: 'p50', isNumber: true, order: ({ p50Ms }) => p50Ms ?? -1, cell: ({ p50Ms }) => latency(p50Ms) },
    { title: 'p95', isNumber: true, order: ({ p95Ms }) => p95Ms ?? -1, cell: ({ p95Ms }) => latency(p95Ms) },
    { title: 'Running', isNumber: true, order: ({ running }) => running, cell: ({ running }) => count(running) },
    {
      title: 'Oldest',
      isNumber: true,
      order: ({ oldestMs }) => oldestMs,
      cell: ({ running, oldestMs }) => (running === 0 ? NONE : duration(oldestMs)),
    },
    { title: 'Waiting', isNumber: true, order: ({ waiting }) => waiting, cell: ({ waiting }) => count(waiting) },
    {
      title: 'Busy',
      isNumber: true,
      order: ({ busy, instances }) => (instances === 0 ? 0 : busy / instances),
      cell: ({ busy, instances }) => `${count(busy)} of ${count(instances)}`,
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (entry) => <EntryTools entry={entry} onSettings={() => onSettings(entry)} />,
    },
  ];
}

function EntryTools({ entry, onSettings }: { readonly entry: LiveEntry; readonly onSettings: () => void }): VNode {
  const { isBusy, run } = useActor();
  const { name, state } = entry;
  const verb = state === 'paused' ? 'resume' : 'pause';
  const word = state === 'paused' ? 'Resume' : 'Pause';
  return (
    <>
      <ActionButton
        isOff={isBusy}
        aria-label={`${word} ${name}`}
        onClick={() => void run({ verb, args: { entry: wordFor(entry) }, done: `${name} is ${verb}d.` })}
      >
        {word}
      </ActionButton>
      <button type="button" aria-label={`Settings of ${name}`} onClick={onSettings}>
        Set …
      </button>
    </>
  );
}

function AllTools({ entries }: { readonly entries: readonly LiveEntry[] }): VNode {
  const { isBusy, run } = useActor();
  const [isAsking, setAsking] = useState(false);
  const paused = entries.filter(({ state }) => state === 'paused').length;
  return (
    <div class="buttons">
      <ActionButton isOff={isBusy || paused === entries.length} onClick={() => setAsking(true)}>
        Pause all
      </ActionButton>
      <ActionButton
        isOff={isBusy || paused === 0}
        onClick={() => void run({ verb: 'resume', args: { all: true }, done: 'All entries are resumed.' })}
      >
        Resume all
      </ActionButton>
      {isAsking && (
        <Confirm
          title="Pause all entries?"
          verb="Pause all"
          onConfirm={() => void run({ verb: 'quiet', done: quietened })}
          onClose={() => setAsking(false)}
        >
          <p>The daemon takes no new messages until you resume. Running messages finish as usual.</p>
        </Confirm>
      )}
    </div>
  );
}

/** Streams and queues with auto_delete cannot be paused. */
function quietened(result: unknown): string {
  const refused = Array.isArray(result)
    ? result.filter(
        (each: unknown) => typeof each === 'object' && each !== null && 'state' in each && each.state === 'refused',
      )
    : [];
  return refused.length === 0 ? 'All entries are paused.' : `Paused all but ${refused.length}, which cannot be paused.`;
}
