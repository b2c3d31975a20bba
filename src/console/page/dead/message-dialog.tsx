import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { DeadAction, DeadMessageView, DeadRow, JsonValue } from '../../dead/dead-api.js';
import { wordsOf } from '../feed/use-daemon.js';
import { ActionButton } from '../parts/action-button.js';
import { Dialog } from '../parts/dialog.js';
import { readMessage } from './dead-requests.js';
import { bytesWords } from './dead-words.js';

interface MessageDialogProps {
  readonly queue: string;
  readonly look: string;
  readonly row: DeadRow;
  readonly isBusy: boolean;
  readonly onAct: (action: DeadAction) => void;
  readonly onClose: () => void;
}

type Found = { readonly message: DeadMessageView } | { readonly problem: string } | undefined;

const FACTS: readonly (readonly [label: string, name: keyof DeadMessageView])[] = [
  ['Reason', 'reason'],
  ['Error type', 'error'],
  ['Error message', 'cause'],
  ['Attempts', 'attempts'],
  ['First seen', 'firstSeen'],
  ['Died at', 'diedAt'],
  ['Queue', 'queue'],
  ['Consumer', 'consumer'],
  ['Exchange', 'exchange'],
  ['Routing key', 'routingKey'],
  ['Host', 'host'],
];

/** A whole message as text: its failure, stack, properties, headers and body. */
export function MessageDialog({ queue, look, row, isBusy, onAct, onClose }: MessageDialogProps): VNode {
  const [found, setFound] = useState<Found>();
  useEffect(() => {
    let isOver = false;
    const ask = async (): Promise<void> => {
      const answer = await readMessage({ queue, look, key: row.key }).then(
        (message) => ({ message }),
        (error: unknown) => ({ problem: wordsOf(error) }),
      );
      if (!isOver) setFound(answer);
    };
    void ask();
    return () => {
      isOver = true;
    };
  }, [queue, look, row]);
  return (
    <Dialog title={row.id} onClose={onClose} isWide>
      <div aria-busy={found === undefined}>
        {found === undefined ? (
          <p class="soft">Loading …</p>
        ) : 'problem' in found ? (
          <p class="problem-text" role="alert">
            {found.problem}
          </p>
        ) : (
          <Whole message={found.message} />
        )}
      </div>
      <footer>
        <ActionButton isOff={isBusy} onClick={() => onAct('replay')}>
          Replay this message …
        </ActionButton>
        <ActionButton class="danger-quiet" isOff={isBusy} onClick={() => onAct('delete')}>
          Delete this message …
        </ActionButton>
      </footer>
    </Dialog>
  );
}

function Whole({ message }: { readonly message: DeadMessageView }): VNode {
  const { stack, validationErrors, properties, headers, body, bodyEncoding, bytes, shownBytes } = message;
  const facts = FACTS.map(([label, name]) => [label, message[name]] as const);
  const part = shownBytes < bytes ? `, the first ${bytesWords(shownBytes)} shown` : '';
  return (
    <div class="stack">
      <Facts entries={facts} />
      {validationErrors.length > 0 && <Section title="Validation errors" text={validationErrors.join('\n')} />}
      {stack !== null && <Section title="Stack" text={stack} />}
      <section aria-label="Properties">
        <h2>Properties</h2>
        <Facts entries={Object.entries(properties)} />
      </section>
      <Headers headers={headers} />
      <Section
        title={`Body (${bytesWords(bytes)}${bodyEncoding === 'hex' ? ', as hexadecimal' : ''}${part})`}
        text={body}
      />
    </div>
  );
}

function Headers({ headers }: { readonly headers: JsonValue }): VNode {
  return headers === null ? (
    <p class="warn-text">Cannot read the headers.</p>
  ) : (
    <Section title="Headers" text={JSON.stringify(headers, undefined, 2)} />
  );
}

function Section({ title, text }: { readonly title: string; readonly text: string }): VNode {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {/* So that the keyboard can scroll it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>{text}</pre>
    </section>
  );
}

function Facts({ entries }: { readonly entries: readonly (readonly [string, unknown])[] }): VNode {
  return (
    <dl class="facts">
      {entries
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value === '' ? '(empty)' : typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
    </dl>
  );
}
