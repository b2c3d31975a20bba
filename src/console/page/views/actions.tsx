import type { VNode } from 'preact';
import type { ActionRecord } from '../../api.js';
import { useDaemon } from '../feed/use-daemon.js';
import { clock, NONE } from '../format.js';
import { Badge } from '../parts/badge.js';
import { type Column, DataTable } from '../parts/data-table.js';

const COLUMNS: readonly Column<ActionRecord>[] = [
  {
    title: 'Time',
    order: ({ at }) => at,
    cell: ({ at }) => <time dateTime={new Date(at).toISOString()}>{clock(at)}</time>,
  },
  {
    title: 'Action',
    kind: 'name',
    order: ({ action }) => action,
    cell: ({ action }) => <code class="wrap">{action}</code>,
  },
  {
    title: 'Entry',
    order: ({ consumer }) => consumer ?? '',
    cell: ({ consumer, queue }) =>
      consumer === null && queue === null ? (
        NONE
      ) : (
        <>
          <span class="clip">{consumer ?? NONE}</span>
          <span class="clip soft">{queue ?? NONE}</span>
        </>
      ),
  },
  { title: 'By', order: ({ by }) => by, cell: ({ by }) => <span class="wrap">{by}</span> },
  {
    title: 'Outcome',
    kind: 'wide',
    order: ({ outcome }) => outcome,
    cell: ({ outcome, detail }) => (
      <>
        <Badge tone={outcome === 'ok' ? 'good' : 'bad'}>{outcome}</Badge>
        {detail !== null && <span class="detail wrap">{detail}</span>}
      </>
    ),
  },
];

/** The last 200 actions, through ctl or the console. */
export function ActionsView(): VNode {
  const { actions } = useDaemon();
  return (
    <DataTable
      label="Actions"
      columns={COLUMNS}
      rows={actions}
      keyOf={({ at, action, by }) => `${at} ${by} ${action}`}
      textOf={({ action, by, queue, consumer, detail }) => [action, by, queue, consumer, detail].join(' ')}
      empty="No actions yet."
    />
  );
}
