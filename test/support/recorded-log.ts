import assert from 'node:assert/strict';
import { type Level, type Logger, pino } from 'pino';
import { type JsonRecord, parseRecord } from './json-record.js';

/** A logger that keeps its lines. */
export class RecordedLog {
  readonly lines: JsonRecord[] = [];
  readonly logger: Logger;

  constructor(level: Level = 'info') {
    this.logger = pino({ level }, { write: (line) => void this.lines.push(parseRecord(line) ?? assert.fail(line)) });
  }

  /** The text of each line. */
  get messages(): string[] {
    return this.lines.map(({ msg }) => String(msg));
  }
}
