import type { Key } from 'node:readline';

const NAMES: ReadonlyMap<string, string> = new Map([
  ['return', 'enter'],
  ['enter', 'enter'],
  ['pageup', 'b'],
  ['pagedown', 'space'],
  ['home', 'g'],
  ['end', 'G'],
  ['up', 'k'],
  ['down', 'j'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['space', 'space'],
]);
/** As in less. */
const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['f', 'space'],
  ['b', 'b'],
  ['d', 'd'],
  ['u', 'u'],
  ['n', 'j'],
  ['p', 'k'],
  ['e', 'j'],
  ['y', 'k'],
  ['l', 'redraw'],
  ['c', 'ctrl-c'],
  ['h', 'backspace'],
]);

/** Names a key by what it does in less: the arrow up is `k`, page down is `space`. Letters are themselves. */
export function keyName(text: string | undefined, { name, ctrl }: Key): string {
  if (ctrl === true) return CONTROLS.get(name ?? '') ?? 'unknown';
  return NAMES.get(name ?? '') ?? text ?? 'unknown';
}

/** True for a key that types a character into a prompt. */
export function isTyped(text: string): boolean {
  return /^[^\p{Control}]+$/u.test(text);
}
