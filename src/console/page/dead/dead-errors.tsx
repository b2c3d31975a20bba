import type { VNode } from 'preact';
import type { DeadAction, DeadErrorGroup, DeadPage } from '../../dead/dead-api.js';
import { count } from '../format.js';
import { ActionButton } from '../parts/action-button.js';
import { type Column, DataTable } from '../parts/data-table.js';

interface DeadErrorsProps {
  readonly page: DeadPage;
  /** The error whose messages the list shows; null: all. */
  readonly chosen: string | null;
  readonly isBusy: boolean;
  readonly onShow: (error: string | null) => void;
  readonly onAct: (action: DeadAction, group: DeadErrorGroup) => void;
}

/** The messages by error, each with its number. */
export function DeadErrors({ page, chosen, isBusy, onShow, onAct }: DeadErrorsProps): VNode | null {
  const { byError, moreErrors } = page;
  if (byError.length === 0) return null;
  const columns: readonly Column<DeadErrorGroup>[] = [
    {
      title: 'Error',
      kind: 'name',
      cell: ({ error }) => <span class="wrap">{error}</span>,
      order: ({ error }) => error,
    },
    { title: 'Messages', isNumber: true, cell: (group) => count(group.count), order: (group) => group.count },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (group) => (
        <>
          <ActionButton
            isOff={isBusy}
            aria-pressed={group.error === chosen}
            aria-label={`Show only ${group.error}`}
            onClick={() => onShow(group.error === chosen ? null : group.error)}
          >
            {group.error === chosen ? 'Show all' : 'Show only'}
          </ActionButton>
          <ActionButton
            isOff={isBusy}
            aria-label={`Replay all with ${group.error}`}
            onClick={() => onAct('replay', group)}
          >
            Replay these …
          </ActionButton>
          <ActionButton
            class="danger-quiet"
            isOff={isBusy}
            aria-label={`Delete all with ${group.error}`}
            onClick={() => onAct('delete', group)}
          >
            Delete these …
          </ActionButton>
        </>
      ),
    },
  ];
  return (
    <section class="panel dead-errors" aria-label="By error">
      <div class="panel-head">
        <h2>By error</h2>
        {moreErrors > 0 && <span class="soft">{`and ${count(moreErrors)} more`}</span>}
      </div>
      <DataTable label="Errors" columns={columns} rows={byError} keyOf={({ error }) => error} empty="" isSnapshot />
    </section>
  );
}
