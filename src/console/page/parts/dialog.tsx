import type { ComponentChildren, VNode } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Notice, NoticeBar, NoticeContext } from './notices.js';

export interface DialogProps {
  readonly title: string;
  /** Also on Escape and on a click outside the dialog. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly isWide?: boolean;
}

/**
 * A modal dialog; the browser keeps the focus inside, and the opener gets it back. It shows the notices of its children,
 * because it covers those of the page.
 */
export function Dialog({ title, onClose, children, isWide = false }: DialogProps): VNode {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [notice, setNotice] = useState<Notice | undefined>();
  useLayoutEffect(() => {
    const opener = document.activeElement;
    element.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog ref={element} class={isWide ? 'wide' : ''} aria-labelledby={titleId} onClose={onClose} closedby="any">
      <div class="dialog-body">
        <header>
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="quiet icon" aria-label="Close" onClick={() => element.current?.close()}>
            ✕
          </button>
        </header>
        <NoticeContext.Provider value={setNotice}>{children}</NoticeContext.Provider>
        <NoticeBar notice={notice} onDismiss={() => setNotice(undefined)} />
      </div>
    </dialog>
  );
}

export interface ConfirmProps {
  readonly title: string;
  /** The verb of the button. */
  readonly verb: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Asks before an action that cannot be undone; the focus starts on "Cancel". */
export function Confirm({ title, verb, onConfirm, onClose, children }: ConfirmProps): VNode {
  const cancel = useRef<HTMLButtonElement>(null);
  // After the dialog's own: with effects that run after the paint, a new report may come between them.
  useLayoutEffect(() => cancel.current?.focus(), []);
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <footer>
        <button type="button" ref={cancel} onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            onConfirm();
            onClose();
          }}
        >
          {verb}
        </button>
      </footer>
    </Dialog>
  );
}
