/** The limit of AMQP's shortstr: names, consumer tags, text properties. */
export const SHORT_STRING_BYTES = 255;

/** Returns the offset behind a short string; NaN behind the end of the bytes. */
export function behindShortString(bytes: Uint8Array, at: number): number {
  return at + 1 + (bytes[at] ?? Number.NaN);
}

/** Shortens a text to this many bytes, without cutting a character. */
export function cutToBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = most;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
