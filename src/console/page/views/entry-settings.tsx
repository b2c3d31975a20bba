import type { ComponentChildren, VNode } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import type { LiveEntry } from '../../api.js';
import { ActionButton } from '../parts/action-button.js';
import { Dialog } from '../parts/dialog.js';
import { useActor } from '../parts/notices.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export interface EntrySettingsProps {
  /** As the newest report has it. */
  readonly entry: LiveEntry;
  /** Names the entry to the daemon. */
  readonly word: string;
  readonly onClose: () => void;
}

/** Changes prefetch, rate and log level until the daemon stops. */
export function EntrySettings({ entry, word, onClose }: EntrySettingsProps): VNode {
  const { name, changed } = entry;
  // A new report must not write over what the operator types.
  const [{ prefetch, rate, logLevel }] = useState(entry);
  const shared = { name, word, changed };
  const levels = LEVELS.some((each) => each === logLevel) ? LEVELS : [logLevel, ...LEVELS];
  return (
    <Dialog title={`Settings of ${name}`} onClose={onClose}>
      <p class="soft">Changes last until the daemon stops. The configuration file stays as it is.</p>
      <Setting {...shared} setting="prefetch" label="Prefetch">
        {(id) => (
          <input id={id} name="value" type="number" min={1} max={65_535} required defaultValue={String(prefetch)} />
        )}
      </Setting>
      <Setting {...shared} setting="rate" label="Rate" hint="such as 50/s or 100/m, or off">
        {(id) => (
          <input
            id={id}
            name="value"
            required
            defaultValue={rate}
            placeholder="50/s"
            autocomplete="off"
            spellcheck={false}
          />
        )}
      </Setting>
      <Setting {...shared} setting="log-level" label="Log level">
        {(id) => (
          <select id={id} name="value" required>
            {levels.map((level) => (
              <option key={level} value={level} selected={level === logLevel}>
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
  readonly changed: LiveEntry['changed'];
  readonly children: (id: string) => ComponentChildren;
}

function Setting({ setting, label, hint, name, word, changed, children }: SettingProps): VNode {
  const { isBusy, run } = useActor();
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  const was = changed.find((each) => each.setting === setting)?.was;
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
        <ActionButton type="submit" isOff={isBusy} aria-label={`Set ${label.toLowerCase()}`}>
          Set
        </ActionButton>
      </span>
      {was !== undefined && <span class="soft">Changed: it was {was} at the start.</span>}
    </form>
  );
}
