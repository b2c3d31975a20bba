import type { VNode } from 'preact';
import { useId, useState } from 'preact/hooks';
import { ActionButton } from '../parts/action-button.js';
import { type DeadFilter, whereOf } from './dead-requests.js';

interface DeadFilterFormProps {
  readonly filter: DeadFilter;
  readonly isBusy: boolean;
  readonly onShow: (filter: DeadFilter) => void;
  readonly onReadAgain: () => void;
}

/** Takes the conditions of `--where`; an empty filter shows all messages. */
export function DeadFilterForm({ filter, isBusy, onShow, onReadAgain }: DeadFilterFormProps): VNode {
  const [written, setWritten] = useState('');
  const hintId = useId();
  return (
    <form
      class="dead-filter"
      onSubmit={(event) => {
        event.preventDefault();
        onShow({ ...filter, where: whereOf(written) });
      }}
    >
      <input
        type="search"
        aria-label="Filter dead messages"
        aria-describedby={hintId}
        placeholder="error-type=TypeError older=2h"
        autocapitalize="off"
        spellcheck={false}
        value={written}
        onInput={(event) => setWritten(event.currentTarget.value)}
      />
      <div class="buttons">
        <ActionButton type="submit" isOff={isBusy}>
          Apply filter
        </ActionButton>
        <ActionButton isOff={isBusy} onClick={onReadAgain}>
          Read again
        </ActionButton>
      </div>
      <p id={hintId} class="soft wrap">
        <code>KEY=TEXT</code> or <code>KEY~TEXT</code> (contains), such as{' '}
        <code>cause~timeout consumer=Email newer=30m</code>
      </p>
    </form>
  );
}
