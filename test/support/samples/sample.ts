import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** A fenced block of a page. */
export interface Sample {
  /** From the root of the repository: `docs/consumers.md`. */
  readonly page: string;
  /** The line of the fence, from 1; the text begins on the next one. */
  readonly line: number;
  /** The first word of the info string; empty if there is none. */
  readonly language: string;
  /** The other words: `file=email.mjs` is `file` with its value, `fragment` has an empty one. */
  readonly marks: ReadonlyMap<string, string>;
  /** Without the indentation of the fence. */
  readonly text: string;
}

const FENCE = /^( *)(```+)([^`]*)$/;

/** Every Markdown page of the repository, from its root. */
export function allPages(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = join(folder, entry.name);
    if (entry.isDirectory()) return isSource(entry.name) ? allPages(name) : [];
    return name.endsWith('.md') ? [name] : [];
  });
}

function isSource(folder: string): boolean {
  return !folder.startsWith('.') && folder !== 'node_modules' && folder !== 'dist';
}

export function samplesOf(page: string): Sample[] {
  return parseSamples(page, readFileSync(join(ROOT, page), 'utf8'));
}

/** The samples of a page's text. @throws on a fence that does not end */
export function parseSamples(page: string, markdown: string): Sample[] {
  const lines = markdown.split('\n');
  const samples: Sample[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent = '', fence, info = ''] = FENCE.exec(lines[at] ?? '') ?? [];
    if (fence === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && line.trim() === fence);
    if (end === -1) throw new Error(`${page}:${at + 1}: the fence does not end`);
    const [language = '', ...words] = info.trim().split(/\s+/);
    samples.push({
      page,
      line: at + 1,
      language,
      marks: new Map(words.map(markOf)),
      text: lines
        .slice(at + 1, end)
        .map((line) => `${line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()}\n`)
        .join(''),
    });
    at = end;
  }
  return samples;
}

function markOf(word: string): [string, string] {
  const [name = '', ...value] = word.split('=');
  return [name, value.join('=')];
}

/** `docs/consumers.md:12`: a sample's place, or that of a line of its text, from 1. */
export function placeOf({ page, line }: Sample, textLine = 0): string {
  return `${page}:${line + textLine}`;
}

export function fileOf({ marks }: Sample): string | undefined {
  return marks.get('file');
}

export function isFragment({ marks }: Sample): boolean {
  return marks.has('fragment');
}

/**
 * The samples with a file name that a reader of this sample has: of each name the last one before it, else the first one
 * after it.
 */
export function filesFor(sample: Sample, page: readonly Sample[]): Map<string, Sample> {
  const files = new Map<string, Sample>();
  for (const each of page) {
    const name = fileOf(each);
    if (name !== undefined && (each.line < sample.line || !files.has(name))) files.set(name, each);
  }
  return files;
}
