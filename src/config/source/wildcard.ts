/** Matches one character, or any number of them. */
type Token = 'any number' | ((character: string) => boolean);

/**
 * Makes a matcher of one name for a pattern with `*`, `?` and `[abc]`. It takes time that grows with the product of both
 * lengths, also for thirty `*`, where a regular expression would try all ways to share out the name.
 */
export function wildcard(pattern: string): (name: string) => boolean {
  const tokens = (pattern.match(/\*+|\[(?:[!^]|(?![!^]))[\s\S][^\]]*\]|[\s\S]/gu) ?? []).map(tokenOf);
  return (name) => (name.startsWith('.') ? pattern.startsWith('.') : true) && matches(tokens, Array.from(name));
}

function tokenOf(written: string): Token {
  if (written.startsWith('*')) return 'any number';
  if (written === '?') return () => true;
  if (written.startsWith('[') && written.length > 2) return classOf(written);
  return (character) => character === written;
}

function classOf(written: string): Token {
  try {
    const negation = /^\[[!^]/.test(written) ? '^' : '';
    // As in a shell, a bracket that comes first is a character of the class.
    const characters = written.slice(negation.length + 1, -1).replace(/[\\\]]/g, '\\$&');
    const expression = new RegExp(`^[${negation}${characters}]$`, 'su');
    return (character) => expression.test(character);
  } catch {
    // A range such as `[z-a]` matches nothing.
    return () => false;
  }
}

/** Only the last `*` can need to take in more: what the earlier ones took in could not be better shared out. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star: { token: number; at: number } | undefined;
  while (at < name.length) {
    const expected = tokens[token];
    if (expected === 'any number') {
      star = { token: token + 1, at };
      token++;
    } else if (expected?.(name[at] ?? '') === true) {
      token++;
      at++;
    } else if (star !== undefined) {
      star.at++;
      token = star.token;
      at = star.at;
    } else return false;
  }
  return tokens.slice(token).every((each) => each === 'any number');
}
