import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { DeadAction, DeadChoice, DeadPage, DeadRow } from '../../dead/dead-api.js';
import { useNow } from '../feed/use-daemon.js';
import { count, duration, plural } from '../format.js';
import { ActionButton } from '../parts/action-button.js';
import { ChangeConfirm } from './change-confirm.js';
import { DeadErrors } from './dead-errors.js';
import { DeadFilterForm } from './dead-filter-form.js';
import type { DeadChange } from './dead-requests.js';
import { DeadTable } from './dead-table.js';
import { targetOf } from './dead-words.js';
import { MessageDialog } from './message-dialog.js';
import { useDeadChange } from './use-dead-change.js';
import { useDeadList } from './use-dead-list.js';

interface DeadQueueProps {
  readonly queue: string;
  /** The number of its messages has changed. */
  readonly onChanged: () => void;
}

/** The messages of one dead queue. */
export function DeadQueue({ queue, onChanged }: DeadQueueProps): VNode {
  const { filter, page, problem, isReading, show, readAgain } = useDeadList(queue);
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [opened, setOpened] = useState<DeadRow | undefined>();
  const [asked, setAsked] = useState<DeadChange | undefined>();
  const { running, run, stop } = useDeadChange(() => {
    readAgain();
    onChanged();
  });
  // Select only visible messages.
  useEffect(() => setSelected(new Set()), [page]);
  const isBusy = isReading || running !== undefined;
  const ask = (action: DeadAction, choice: DeadChoice, messages: number): void =>
    setAsked({ action, queue, choice, messages });
  const askSelected = (action: DeadAction): void => {
    const keys = (page?.messages ?? []).filter((_row, index) => selected.has(index)).map(({ key }) => key);
    ask(action, { keys }, keys.length);
  };
  return (
    <div class="stack" aria-busy={isReading}>
      <DeadFilterForm filter={filter} isBusy={isBusy} onShow={show} onReadAgain={readAgain} />
      {problem !== undefined && (
        <p class="problem-text" role="alert">
          {problem}
        </p>
      )}
      {running !== undefined && <Running change={running} onStop={stop} />}
      {page === undefined ? (
        problem === undefined && <p class="empty">Reading “{queue}” …</p>
      ) : (
        <>
          <Summary page={page} />
          {page.warning !== null && <p class="warn-text wrap">{page.warning}</p>}
          <DeadErrors
            page={page}
            chosen={filter.error}
            isBusy={isBusy}
            onShow={(error) => show({ ...filter, error })}
            onAct={(action, { error, count: messages }) =>
              ask(action, { look: page.look, where: filter.where, error }, messages)
            }
          />
          <DeadTable
            rows={page.messages}
            selected={selected}
            onSelect={setSelected}
            onOpen={setOpened}
            tools={
              <div class="buttons">
                <ActButtons
                  isBusy={isBusy}
                  what={`${count(selected.size)} selected`}
                  messages={selected.size}
                  onAct={askSelected}
                />
                {page.more && (
                  <ActButtons
                    isBusy={isBusy}
                    what={`all ${count(page.matching)}`}
                    messages={page.matching}
                    onAct={(action) => ask(action, { look: page.look, ...filter }, page.matching)}
                  />
                )}
              </div>
            }
          />
        </>
      )}
      {opened !== undefined && page !== undefined && (
        <MessageDialog
          queue={queue}
          look={page.look}
          row={opened}
          isBusy={isBusy}
          onAct={(action) => {
            setOpened(undefined);
            ask(action, { keys: [opened.key] }, 1);
          }}
          onClose={() => setOpened(undefined)}
        />
      )}
      {asked !== undefined && (
        <ChangeConfirm change={asked} onConfirm={() => run(asked)} onClose={() => setAsked(undefined)} />
      )}
    </div>
  );
}

function Summary({ page: { total, looked, matching, messages, more, readAt } }: { readonly page: DeadPage }): VNode {
  const age = duration(Math.max(0, useNow() - readAt));
  const part = looked < total ? `the oldest ${count(looked)} of ` : '';
  return (
    <p class="soft">
      {`${count(matching)} of ${part}${plural(total, 'message')} ${matching === 1 ? 'matches' : 'match'}. `}
      {more && `Showing the oldest ${count(messages.length)}. `}
      {`Read ${age} ago.`}
    </p>
  );
}

function Running({ change, onStop }: { readonly change: DeadChange; readonly onStop: () => void }): VNode {
  return (
    <div class="panel panel-head" role="status">
      <span class="wrap">
        {change.action === 'replay' ? 'Replaying' : 'Deleting'} {targetOf(change)} …
      </span>
      <button type="button" onClick={onStop}>
        Stop
      </button>
    </div>
  );
}

interface ActButtonsProps {
  /** Such as `3 selected`. */
  readonly what: string;
  readonly messages: number;
  readonly isBusy: boolean;
  readonly onAct: (action: DeadAction) => void;
}

function ActButtons({ what, messages, isBusy, onAct }: ActButtonsProps): VNode {
  const isOff = isBusy || messages === 0;
  return (
    <>
      <ActionButton isOff={isOff} onClick={() => onAct('replay')}>
        Replay {what} …
      </ActionButton>
      <ActionButton class="danger-quiet" isOff={isOff} onClick={() => onAct('delete')}>
        Delete {what} …
      </ActionButton>
    </>
  );
}
