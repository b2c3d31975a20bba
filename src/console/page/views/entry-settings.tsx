import type { ComponentChildren, VNode } from 'preact';
import { useId, useRef } from 'preact/hooks';
import type { LiveEntry } from '../../api.js';
import { Dialog } from '../parts/dialog.js';
import { useActor } from '../parts/notices.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export interface EntrySettingsProps {
  readonly entry: LiveEntry;
  /** Names the entry to the daemon. */
  readonly word: string;
  readonly onClose: () => void;
}

/** Changes prefetch, rate and log level until the daemon stops. */
export function EntrySettings({ entry, word, onClose }: EntrySettingsProps): VNode {
  const { name, prefetch } = entry;
  return (
    <Dialog title={`Settings of ${name}`} onClose={onClose}>
      <p class="soft">Changes last until the daemon stops. The configuration file stays as it is.</p>
      <Setting setting="prefetch" label="Prefetch" name={name} word={word}>
        {(id) => (
          <input id={id} name="value" type="number" min={1} max={65_535} required defaultValue={String(prefetch)} />
        )}
      </Setting>
      <Setting setting="rate" label="Rate" name={name} word={word} hint="such as 50/s or 100/m, or off">
        {(id) => <input id={id} name="value" required placeholder="50/s" autocomplete="off" spellcheck={false} />}
      </Setting>
      <Setting setting="log-level" label="Log level" name={name} word={word}>
        {(id) => (
          <select id={id} name="value" required>
            <option value="">Choose a level</option>
            {LEVELS.map((level) => (
              <option key={level} value={level}>
                {level}
              </option>
            ))}
          </select>
        )}
      </Setting>
    </Dialog>
  );
}

interface SettingProps {
  readonly setting: string;
  readonly label: string;
  readonly hint?: string;
  readonly name: string;
  readonly word: string;
  readonly children: (id: string) => ComponentChildren;
}

function Setting({ setting, label, hint, name, word, children }: SettingProps): VNode {
  const { isBusy, run } = useActor();
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  const submit = (): void => {
    const value = form.current === null ? null : new FormData(form.current).get('value');
    if (typeof value !== 'string') return;
    void run({ verb: 'set', args: { entry: word, key: setting, value }, done: `${setting} of ${name} is ${value}.` });
  };
  return (
    <form
      ref={form}
      class="setting"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label for={id}>
        {label} {hint !== undefined && <span class="soft">{hint}</span>}
      </label>
      <span class="setting-line">
        {children(id)}
        <button type="submit" disabled={isBusy} aria-label={`Set ${label.toLowerCase()}`}>
          Set
        </button>
      </span>
    </form>
  );
}
