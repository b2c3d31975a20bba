import type { Writable } from 'node:stream';

/** In characters: a larger line would hold up the main thread, and pino cannot escape 100 MB. */
export const LINE_LIMIT = 1024 * 1024;

type Done = (error?: Error | null) => void;
/** The arguments of `write` after the chunk. */
type Rest = readonly [encoding?: unknown, done?: unknown];

interface Chunk {
  readonly chunk: unknown;
}

/**
 * Takes each write to a stream at once, as one text without its line end; longer than 1 Mi characters, it is cut. It
 * changes the stream itself, because the console keeps the stream that it found first.
 */
export function takeWrites(stream: Writable, take: (text: string) => void): void {
  const takeAll = (chunks: readonly Chunk[]): void => {
    const text = chunks.map(({ chunk }) => textOf(chunk)).join('');
    if (text !== '') take(cut(text.endsWith('\n') ? text.slice(0, -1) : text));
  };
  // Corked writes and the chunk of `end`. A throw would leave the stream in the middle of a write for good.
  const takeHeld = (chunks: readonly Chunk[], done: Done): void => {
    try {
      takeAll(chunks);
    } catch {
      // Only this line is lost.
    }
    done();
  };
  const original = stream.write.bind(stream);
  // Not through the stream's state, because user code may exhaust the stack anywhere: the stream would stay silent.
  const write = (chunk: unknown, ...rest: Rest): boolean => {
    const done = rest.find((each) => typeof each === 'function');
    if (isHeld(stream) || !isText(chunk)) return Reflect.apply(original, stream, [chunk, ...rest]);
    takeAll([{ chunk }]);
    if (done !== undefined) process.nextTick(done);
    return true;
  };
  const writeOne: Writable['_write'] = (chunk, _encoding, done) => takeHeld([{ chunk }], done);
  Object.assign(stream, { write, _write: writeOne, _writev: takeHeld });
}

/** Node.js keeps the chunk of such a stream, or refuses it. */
function isHeld({ writableCorked, writableEnded, destroyed }: Writable): boolean {
  return writableCorked > 0 || writableEnded || destroyed;
}

function isText(chunk: unknown): chunk is string | Uint8Array {
  return typeof chunk === 'string' || chunk instanceof Uint8Array;
}

function textOf(chunk: unknown): string {
  return chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : String(chunk);
}

function cut(text: string): string {
  const more = text.length - LINE_LIMIT;
  // Not half of a surrogate pair.
  return more <= 0 ? text : `${text.slice(0, LINE_LIMIT).replace(/[\ud800-\udbff]$/, '')}… (${more} more characters)`;
}
