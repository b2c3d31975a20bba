import { constants, createReadStream, open } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { linesOf } from './lines.js';

export const STANDARD_INPUT = '-';

/**
 * Returns a reader of the lines, to be called once for the check and once for the import. Standard input and pipes are
 * read only once, into memory.
 * @throws the error of reading, an error for anything but a file or a pipe, an `AbortError` when the signal aborts
 */
export async function sourceOf(file: string, signal: AbortSignal): Promise<() => AsyncIterable<string>> {
  if (file === STANDARD_INPUT) return buffered(process.stdin, signal);
  const found = await stat(file);
  if (found.isFile()) return () => linesOf(createReadStream(file, 'utf8'));
  if (found.isFIFO()) return buffered(await openPipe(file), signal);
  throw new Error('it is neither a file nor a pipe; give "-" to read standard input');
}

async function buffered(stream: Readable, signal: AbortSignal): Promise<() => AsyncIterable<string>> {
  const lines: string[] = [];
  for await (const line of linesOf(addAbortSignal(signal, stream.setEncoding('utf8')))) lines.push(line);
  return () => replayed(lines);
}

/** As a socket: a plain read stream blocks a thread of the process until somebody writes, and no signal ends that. */
async function openPipe(file: string): Promise<Socket> {
  const fd = await promisify(open)(file, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

async function* replayed(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}
