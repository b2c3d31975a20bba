import type { VNode } from 'preact';
import { plural } from '../format.js';
import { Confirm } from '../parts/dialog.js';
import type { DeadChange } from './dead-requests.js';
import { targetOf } from './dead-words.js';

interface ChangeConfirmProps {
  readonly change: DeadChange;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks, naming the queue and the number of messages. */
export function ChangeConfirm({ change, onConfirm, onClose }: ChangeConfirmProps): VNode {
  const verb = change.action === 'replay' ? 'Replay' : 'Delete';
  return (
    <Confirm
      title={`${verb} ${targetOf(change)}?`}
      verb={`${verb} ${plural(change.messages, 'message')}`}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <p class="wrap">
        {change.action === 'replay'
          ? 'The daemon publishes a copy of each message to the queue where it died, and removes the original once the broker confirms the copy.'
          : 'This cannot be undone.'}
      </p>
    </Confirm>
  );
}
