import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePropertyList } from '../amqp/index.js';
import type { TakenMessage } from '../broker/index.js';
import { DispatcherError, messageOf } from '../errors/index.js';

const MEMORY_BYTES = 64 * 1024 * 1024;

/** A message that a store keeps. */
export interface StoredMessage {
  readonly load: () => Promise<TakenMessage>;
  /** Frees its memory. */
  readonly drop: () => void;
}

/**
 * Keeps messages until all of them are known: in memory, and beyond 64 MiB in a temporary file without a name, which
 * disappears with the process.
 */
export class MessageStore {
  private readonly memoryBytes: number;
  private used = 0;
  private file: FileHandle | undefined;
  private fileBytes = 0;

  constructor(memoryBytes: number = MEMORY_BYTES) {
    this.memoryBytes = memoryBytes;
  }

  /** @throws DispatcherError `TEMPORARY_FILE_FAILED`, as `load` does */
  async put(message: TakenMessage): Promise<StoredMessage> {
    const bytes = message.properties.length + message.body.length;
    if (this.used + bytes > this.memoryBytes) return this.putIntoFile(message);
    this.used += bytes;
    return {
      load: () => Promise.resolve(message),
      drop: () => {
        this.used -= bytes;
      },
    };
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }

  private async putIntoFile({ deliveryTag, properties, body }: TakenMessage): Promise<StoredMessage> {
    const file = (this.file ??= await attempt(unnamedFile));
    const at = this.fileBytes;
    await attempt(() => writeAll(file, Buffer.concat([properties, body]), at));
    const place = { at, split: properties.length, length: properties.length + body.length };
    this.fileBytes += place.length;
    return fromFile(file, deliveryTag, place);
  }
}

interface FilePlace {
  readonly at: number;
  readonly split: number;
  readonly length: number;
}

/** Not within `putIntoFile`: closures of one function share their variables, so `load` would keep the body in memory. */
function fromFile(file: FileHandle, deliveryTag: number, { at, split, length }: FilePlace): StoredMessage {
  const load = async (): Promise<TakenMessage> => {
    const bytes = Buffer.alloc(length);
    await attempt(() => readAll(file, bytes, at));
    const list = bytes.subarray(0, split);
    return { deliveryTag, properties: list, list: decodePropertyList(list), body: bytes.subarray(split) };
  };
  return { load, drop: nothing };
}

function nothing(): void {
  // The file keeps its bytes.
}

async function attempt<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new DispatcherError(
      'TEMPORARY_FILE_FAILED',
      `cannot keep messages in a temporary file in "${tmpdir()}": ${messageOf(cause)}. They stay in the queue. ` +
        'Make room there, or set TMPDIR to another folder',
      { cause },
    );
  }
}

/** A full disk writes a part and says nothing; the next write fails. */
async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

async function readAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
    if (bytesRead === 0) throw new Error('the temporary file for messages is shorter than what was written to it');
    done += bytesRead;
  }
}

async function unnamedFile(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'amqp-dispatcher-dead-'));
  try {
    return await open(join(folder, 'messages'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true });
  }
}
