import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ConfigurationError, messageOf } from '../../src/errors/index.js';

/** By `$schema`. */
const DRAFTS = {
  'http://json-schema.org/draft-07/schema': 'draft-07',
  'https://json-schema.org/draft/2019-09/schema': '2019-09',
  'https://json-schema.org/draft/2020-12/schema': '2020-12',
} as const;
/** The draft that a `$schema` names. */
export const DRAFT_BY_URI: ReadonlyMap<string, Draft> = new Map(Object.entries(DRAFTS));

export type Draft = (typeof DRAFTS)[keyof typeof DRAFTS];

/** A schema with its own address as `$id`. */
export interface SchemaDocument {
  readonly $id: string;
  readonly [keyword: string]: unknown;
}

/**
 * A schema and its references, paths from the file that has them. If `$id` gives a file another address
 * (`https://example.com/email.json`), its folder has that, too.
 */
export class SchemaFiles {
  /** By the address of their files. */
  private readonly folders = new Map<string, string>();
  private root = '';
  private rootDraft: Draft | undefined;

  get draft(): Draft {
    return this.rootDraft ?? 'draft-07';
  }

  /** @throws ConfigurationError `CONSUMER_SCHEMA_INVALID` */
  async read(file: string): Promise<SchemaDocument> {
    const content = parse(file, await bytesOf(file));
    const draft = draftOf(file, content);
    if (this.rootDraft === undefined) {
      this.root = file;
      this.rootDraft = draft ?? 'draft-07';
    }
    if (draft !== undefined && draft !== this.draft) {
      throw flaw(file, `is of ${draft} (expected ${this.draft}, as the file that refers to it)`);
    }
    return { ...content, $id: this.register(file, content['$id']) };
  }

  /** @throws ConfigurationError `CONSUMER_SCHEMA_INVALID` */
  async refer(uri: string): Promise<SchemaDocument> {
    try {
      return await this.read(this.locate(uri));
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      throw flaw(this.root, `refers to "${uri}": ${error.message}`, error.cause);
    }
  }

  private register(file: string, id: unknown): string {
    const own = pathToFileURL(file).href;
    if (typeof id !== 'string') return own;
    try {
      const address = new URL(id, own).href;
      if (!address.startsWith('urn:')) this.folders.set(new URL('.', address).href, dirname(file));
      return address;
    } catch {
      throw flaw(file, `has "$id" ${JSON.stringify(id)} (expected an address, or nothing)`);
    }
  }

  private locate(uri: string): string {
    for (const [address, folder] of this.folders) {
      if (uri.startsWith(address)) return join(folder, decodeURIComponent(uri.slice(address.length)));
    }
    try {
      return fileURLToPath(uri);
    } catch {
      throw new ConfigurationError(
        'CONSUMER_SCHEMA_INVALID',
        'which is not a file (expected a path relative to the referring schema; schemas are never fetched)',
      );
    }
  }
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw flaw(file, isMissing ? 'does not exist' : `cannot be read: ${messageOf(error)}`, error);
  }
}

function parse(file: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw flaw(file, `is not JSON: ${messageOf(error)}`, error);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw flaw(file, 'is not a JSON Schema (expected an object)');
  }
  // An asynchronous validation returns a promise, which is truthy.
  if ('$async' in content) throw flaw(file, 'has "$async" (expected a schema without it)');
  return { ...content };
}

function draftOf(file: string, { $schema: written }: Readonly<Record<string, unknown>>): Draft | undefined {
  if (written === undefined) return undefined;
  const draft = typeof written === 'string' ? DRAFT_BY_URI.get(written.replace(/#$/, '')) : undefined;
  if (draft !== undefined) return draft;
  const expected = Object.keys(DRAFTS).join(', ');
  throw flaw(file, `has "$schema" ${JSON.stringify(written)} (expected one of ${expected})`);
}

function flaw(file: string, what: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError('CONSUMER_SCHEMA_INVALID', `schema "${file}" ${what}`, { cause });
}
