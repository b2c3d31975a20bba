/** AMQP's shortstr: names of queues, consumer tags. */
export const SHORT_STRING_BYTES = 255;

/** The place behind the short string that begins, with its length, at a place; not a number where there is no length. */
export function behindShortString(bytes: Uint8Array, at: number): number {
  return at + 1 + (bytes[at] ?? Number.NaN);
}

/** A text of at most so many bytes: AMQP counts bytes, so it is cut there, but between two characters. */
export function cutToBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = most;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
