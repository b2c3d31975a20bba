import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { waitFor } from '../wait.js';
import type { EntryKind, LedgerEntry } from './ledger-judge.js';

/** Enough new messages that each fault meets a daemon at work. */
const FLOW = 30;
const KINDS: ReadonlySet<string> = new Set<EntryKind>(['begin', 'answer', 'refused']);

/** The file that the consumers of test/fixtures/ledger.mjs write; each look reads only new entries. */
export class LedgerBook {
  readonly file: string;
  readonly #entries: LedgerEntry[] = [];
  readonly #begun = new Set<number>();
  /** Number of valid answers by message. */
  readonly #answers = new Map<number, number>();
  readonly #open: number;
  #position = 0;
  /** The beginning of an unfinished line. */
  #rest = '';

  constructor(file: string) {
    this.file = file;
    this.#open = openSync(file, 'a+');
  }

  /** All entries so far. */
  entries(): readonly LedgerEntry[] {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(this.#open).size - this.#position));
    const length = readSync(this.#open, bytes, 0, bytes.length, this.#position);
    this.#position += length;
    const lines = (this.#rest + bytes.toString('latin1', 0, length)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const entry = parse(line);
      this.#entries.push(entry);
      if (entry.kind === 'begin') this.#begun.add(entry.number);
      else this.#answers.set(entry.number, (this.#answers.get(entry.number) ?? 0) + (entry.kind === 'answer' ? 1 : -1));
    }
    return this.#entries;
  }

  /** Number of different messages that have begun. */
  begun(): number {
    this.entries();
    return this.#begun.size;
  }

  /** Waits until messages flow: 30 that had not begun before have begun. */
  async flows(timeoutMs: number): Promise<void> {
    const before = this.begun();
    const what = (): string => `messages to flow: ${this.begun() - before} new ones have begun`;
    await waitFor(() => this.begun() >= before + FLOW, { timeoutMs, what });
  }

  /** True when all of these messages have a valid answer. */
  areAnswered(numbers: Iterable<number>): boolean {
    this.entries();
    for (const number of numbers) if ((this.#answers.get(number) ?? 0) < 1) return false;
    return true;
  }

  close(): void {
    closeSync(this.#open);
  }
}

function parse(line: string): LedgerEntry {
  const [kind = '', number, at] = line.split(' ');
  if (!isKind(kind)) throw new Error(`no line of a ledger: "${line}"`);
  return { kind, number: Number(number), at: Number(at) };
}

function isKind(text: string): text is EntryKind {
  return KINDS.has(text);
}
