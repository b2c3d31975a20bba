import type { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** In characters: a larger line would hold up the main thread, and pino cannot escape 100 MB. */
export const LINE_LIMIT = 1024 * 1024;

type Done = (error?: Error | null) => void;
/** The arguments of `write` after the chunk. */
type Rest = readonly [encoding?: unknown, done?: unknown];

interface Chunk {
  readonly chunk: unknown;
  readonly encoding?: unknown;
}

/**
 * Takes each write to a stream at once, as one text without its line end; longer than 1 Mi characters, it is cut. It
 * changes the stream itself, because the console keeps the stream that it found first.
 */
export function takeWrites(stream: Writable, take: (text: string) => void): void {
  // Two writes may share a character.
  const decoder = new StringDecoder('utf8');
  const takeAll = (chunks: readonly Chunk[]): void => {
    const text = chunks.map((chunk) => textOf(chunk, decoder)).join('');
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
    const [encoding] = rest;
    if (isHeld(stream) || !isText(chunk) || !isKnown(encoding)) {
      return Reflect.apply(original, stream, [chunk, ...rest]);
    }
    takeAll([{ chunk, encoding }]);
    if (done !== undefined) process.nextTick(done);
    return true;
  };
  const writeOne: Writable['_write'] = (chunk, encoding, done) => takeHeld([{ chunk, encoding }], done);
  Object.assign(stream, { write, _write: writeOne, _writev: takeHeld });
}

/** Node.js keeps the chunk of such a stream, or refuses it. */
function isHeld({ writableCorked, writableEnded, destroyed }: Writable): boolean {
  return writableCorked > 0 || writableEnded || destroyed;
}

function isText(chunk: unknown): chunk is string | Uint8Array {
  return typeof chunk === 'string' || chunk instanceof Uint8Array;
}

/** Of the argument that may be the callback: Node.js refuses the names that it does not know. */
function isKnown(encoding: unknown): boolean {
  return typeof encoding !== 'string' || Buffer.isEncoding(encoding);
}

function textOf({ chunk, encoding }: Chunk, decoder: StringDecoder): string {
  if (chunk instanceof Uint8Array) return decoder.write(Buffer.from(chunk));
  // The rest of a character that this write does not complete.
  const before = decoder.end();
  if (typeof encoding !== 'string' || !Buffer.isEncoding(encoding)) return before + String(chunk);
  return before + Buffer.from(String(chunk), encoding).toString();
}

function cut(text: string): string {
  const more = text.length - LINE_LIMIT;
  // Not half of a surrogate pair.
  return more <= 0 ? text : `${text.slice(0, LINE_LIMIT).replace(/[\ud800-\udbff]$/, '')}… (${more} more characters)`;
}
