import type { ButtonHTMLAttributes, VNode } from 'preact';

interface ActionButtonProps extends Omit<ButtonHTMLAttributes, 'disabled' | 'onClick'> {
  /** A click does nothing. */
  readonly isOff: boolean;
  readonly onClick?: () => void;
}

/** A button that keeps the keyboard focus while it is off; a browser takes it from one that is `disabled`. */
export function ActionButton({ isOff, onClick, ...attributes }: ActionButtonProps): VNode {
  const click = (event: Event): void => {
    // Of a form, too: Enter in a field clicks its button.
    if (isOff) event.preventDefault();
    else onClick?.();
  };
  return <button type="button" {...attributes} aria-disabled={isOff ? 'true' : undefined} onClick={click} />;
}
