import { existsSync } from 'node:fs';
import { constants, copyFile, link, unlink } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { isRecord } from '../../bridge/index.js';
import { DispatcherError, messageOf } from '../../errors/index.js';
import type { CtlCommand } from './arguments.js';
import { fieldsOf } from './views.js';

/** Refuses early, before the daemon does the work. @throws DispatcherError `INSPECTION_FAILED` */
export function refuseExisting(path: string): void {
  if (existsSync(path)) throw failed(`${path} already exists: choose another file`);
}

/**
 * Moves the file that the daemon wrote to where the user wants it; returns the result with its new place.
 * @throws DispatcherError `INSPECTION_FAILED`; the file then stays where the daemon wrote it
 */
export async function takeFile({ verb, args, out }: CtlCommand, result: unknown): Promise<unknown> {
  const { file } = fieldsOf(result);
  if (!isRecord(result) || typeof file !== 'string') throw failed('the daemon named no file');
  const target = resolve(out ?? `${verb}-thread-${String(args['thread'])}-${stampOf(new Date())}${extname(file)}`);
  try {
    await move(file, target);
  } catch (error) {
    throw failed(`cannot write ${target}: ${messageOf(error)}; the daemon keeps it as ${file} for an hour`, error);
  }
  return { ...result, file: target };
}

/** Never replaces a file. */
async function move(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw error;
    // Another file system, or another owner.
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
  await unlink(from);
}

/** `20261127-224105` */
function stampOf(date: Date): string {
  const [day = '', time = ''] = date.toISOString().split('T');
  return `${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
}

function failed(message: string, cause?: unknown): DispatcherError {
  return new DispatcherError('INSPECTION_FAILED', message, { cause });
}
