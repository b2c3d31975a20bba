/**
 * Splits a stream of text at its line feeds. `node:readline` also splits at U+2028, which JSON allows in a text.
 * @throws what the stream fails with
 */
export async function* linesOf(stream: AsyncIterable<unknown>): AsyncGenerator<string> {
  let pieces: string[] = [];
  for await (const chunk of stream) {
    const [first = '', ...more] = String(chunk).split('\n');
    pieces.push(first);
    for (const next of more) {
      yield pieces.join('');
      pieces = [next];
    }
  }
  const last = pieces.join('');
  if (last !== '') yield last;
}
