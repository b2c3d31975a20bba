import type { VNode } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { DeadQueueCount } from '../../dead/dead-api.js';
import { plural } from '../format.js';
import { DeadQueue } from './dead-queue.js';
import { useQueueCounts } from './use-dead-list.js';

/** The dead messages of the configuration's entries: lists, shows, replays and deletes them. */
export function DeadView(): VNode {
  const { queues, problem, refresh } = useQueueCounts();
  const [chosen, setChosen] = useState('');
  const pickerId = useId();
  const about = queues?.find(({ queue }) => queue === chosen);
  return (
    <div class="stack">
      {problem !== undefined && (
        <p class="problem-text" role="alert">
          Cannot count the dead messages: {problem}
        </p>
      )}
      <div class="dead-picker">
        <label for={pickerId}>Queue</label>
        <select id={pickerId} value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
          <option value="">{queues === undefined ? 'Loading …' : 'Choose a queue'}</option>
          {(queues ?? []).map((each) => (
            <option key={each.queue} value={each.queue}>
              {each.queue}: {countWords(each)}
            </option>
          ))}
        </select>
      </div>
      {typeof about?.problem === 'string' && <p class="problem-text">{about.problem}</p>}
      {chosen === '' ? (
        <p class="empty">{queues === undefined ? 'Counting dead messages …' : totalWords(queues)}</p>
      ) : (
        // The key keeps a filter or a selection from passing to another queue.
        <DeadQueue key={chosen} queue={chosen} onChanged={refresh} />
      )}
    </div>
  );
}

function countWords({ messages }: DeadQueueCount): string {
  return messages === null ? 'no count' : plural(messages, 'message');
}

function totalWords(queues: readonly DeadQueueCount[]): string {
  const total = queues.reduce((sum, { messages }) => sum + (messages ?? 0), 0);
  if (total === 0) return 'There are no dead messages.';
  return `${plural(total, 'message')} in ${plural(queues.filter(({ messages }) => (messages ?? 0) > 0).length, 'queue')}. Choose a queue to read it.`;
}
