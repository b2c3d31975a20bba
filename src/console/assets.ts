import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** A file of the page. */
export interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** By its content. */
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** Only URLs without a character that HTML or a path treats in a special way. */
const NAME = /^[\w-]+(?:\/[\w-]+)*(?:\.[\w-]+)*\.(?:js|css|svg)$/;

/**
 * Reads the page's files once, by their URLs. A request only looks its URL up here, so no path of a request ever reaches
 * the file system. A missing folder has no assets.
 */
export function readAssets(folder: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const name of namesIn(folder)) {
    const type = TYPES[extname(name)];
    if (type === undefined || !NAME.test(name)) continue;
    const bytes = new Uint8Array(readFileSync(join(folder, name)));
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    assets.set(`/assets/${name}`, { bytes, type, etag });
  }
  return assets;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .toSorted();
  } catch {
    return [];
  }
}
