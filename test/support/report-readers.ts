import assert from 'node:assert/strict';

/** Reads a line as the runner of GitHub Actions does (actions/runner, ActionCommand.TryParseV2); none for a line of text. */
export function annotationOf(line: string): Record<string, string>[] {
  const [, command = '', properties = '', data = ''] = /^::(\S+?)(?: (.*?))?::(.*)$/.exec(line) ?? [];
  if (command === '') return [];
  const pairs = properties.split(',').map((pair): [string, string] => {
    const at = pair.indexOf('=');
    assert.ok(at > 0, `"${pair}" is no property of ${line}`);
    return [pair.slice(0, at), unescape(pair.slice(at + 1), { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',' })];
  });
  return [{ command, ...Object.fromEntries(pairs), message: unescape(data, { '%0D': '\r', '%0A': '\n' }) }];
}

/** The runner replaces `%25` last. */
function unescape(text: string, marks: Readonly<Record<string, string>>): string {
  const plain = Object.entries(marks).reduce((done, [mark, character]) => done.replaceAll(mark, character), text);
  return plain.replaceAll('%25', '%');
}

/** An element of an XML text. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

const TOKEN = /<\?xml[^?]*\?>|<\/([\w-]+)>|<([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>|([^<]+)/y;
const REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i;

/** Parses XML strictly: one root, elements that close in order, no stray markup, only characters that XML 1.0 has. */
export function xmlElements(text: string): XmlElement[] {
  assert.match(text, /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u);
  assert.doesNotMatch(text, REFERENCE);
  const elements: XmlElement[] = [];
  const open: string[] = [];
  let roots = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    assert.ok(match, `not XML: ${text.slice(at, at + 80)}`);
    const [, closed, name, written = '', isEmpty, characters] = match;
    if (closed !== undefined) assert.equal(open.pop(), closed);
    if (characters !== undefined && open.length === 0) assert.equal(characters.trim(), '');
    if (name === undefined) continue;
    if (open.length === 0) roots++;
    if (isEmpty === '') open.push(name);
    const pairs = [...written.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(
      ([, key = '', value = '']) => [key, value] as const,
    );
    const attributes = new Map(pairs);
    assert.equal(attributes.size, pairs.length, `an attribute stands twice in <${name}>`);
    elements.push({ name, attributes });
  }
  assert.deepEqual([roots, open], [1, []]);
  return elements;
}
