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
function keyName(text: string | undefined, { name, ctrl }: Key): string {
  if (ctrl === true) return CONTROLS.get(name ?? '') ?? 'unknown';
  return NAMES.get(name ?? '') ?? text ?? 'unknown';
}

/** A key that was pressed. */
export interface PressedKey {
  readonly name: string;
  readonly text: string;
}

const ESCAPE = '\u001b';

/** The keys of a keypress event. Escape and a key in quick succession arrive as one Alt key, which less does not have. */
export function keysOf(text: string | undefined, key: Key): readonly PressedKey[] {
  const [first, second, ...more] = Array.from(key.sequence ?? '');
  if (key.meta !== true || first !== ESCAPE || second === undefined || second === ESCAPE || more.length > 0) {
    return [{ name: keyName(text, key), text: text ?? '' }];
  }
  return [
    { name: 'escape', text: '' },
    { name: keyName(second, key.name === undefined ? controlOf(second) : key), text: second },
  ];
}

/** Behind Escape, readline names no control character. */
function controlOf(character: string): Key {
  const code = character.charCodeAt(0);
  return code > 26 ? {} : { ctrl: true, name: String.fromCharCode(code + 96) };
}

/** True for a key that types a character into a prompt. */
export function isTyped(text: string): boolean {
  return /^[^\p{Control}]+$/u.test(text);
}
