import type { Logger } from 'pino';
import { isRecord } from '../bridge/index.js';
import { DispatcherError, messageOf } from '../errors/index.js';
import type { ControlActions } from './actions.js';
import { perform } from './socket/perform.js';
import type { ControlRequest, Verb } from './socket/protocol.js';

/** An action of an operator, done or refused. */
export interface ActionRecord {
  /** Milliseconds since the epoch, when it ended. */
  readonly at: number;
  /** Such as `ctl (deploy, process 4711)` or `console (127.0.0.1)`. */
  readonly by: string;
  /** The verb and its arguments, such as `set Email prefetch 10`. */
  readonly action: string;
  readonly queue: string | null;
  readonly consumer: string | null;
  readonly outcome: 'ok' | 'refused';
  /** The reason of the refusal, or the outcome. */
  readonly detail: string | null;
}

export interface ActionLogOptions {
  readonly actions: ControlActions;
  readonly logger: Logger;
  /** Of the wall clock. */
  readonly nowMs: () => number;
}

const READING: ReadonlySet<string> = new Set(['status', 'running', 'live', 'history']);
const MOST_RECORDS = 200;
const LONGEST_TEXT = 200;
const POSITIONAL: ReadonlySet<string> = new Set(['entry', 'id', 'thread', 'group', 'key', 'value']);

/** True if the verb only reads the daemon's state, so it is not an action. */
export function isReading(verb: Verb): boolean {
  return READING.has(verb);
}

/** Performs the requests of operators and remembers the last 200 actions, refused ones included. */
export class ActionLog {
  private readonly options: ActionLogOptions;
  private readonly records: ActionRecord[] = [];
  private readonly listeners = new Set<(record: ActionRecord) => void>();

  constructor(options: ActionLogOptions) {
    this.options = options;
  }

  /** The newest first. */
  recent(): readonly ActionRecord[] {
    return this.records.toReversed();
  }

  /** Calls the listener for each new action; the returned function ends that. */
  watch(listener: (record: ActionRecord) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Performs a request and returns its result. @throws DispatcherError `CONTROL_REFUSED` */
  async perform(request: ControlRequest): Promise<unknown> {
    const { actions } = this.options;
    if (isReading(request.verb)) return perform(actions, request);
    try {
      const result = await perform(actions, request);
      this.add(request, { ...entryOf(result), outcome: 'ok', detail: null });
      return result;
    } catch (error) {
      const detail = cut(messageOf(error));
      this.add(request, { queue: null, consumer: null, outcome: 'refused', detail });
      if (error instanceof DispatcherError) {
        const { verb, by } = request;
        const action = textOf(request);
        this.options.logger.info({ by, action }, `operator action refused: ${verb} by ${by}: ${detail}`);
      }
      throw error;
    }
  }

  /** Remembers and logs an action that is not a verb of the protocol. */
  note({ by, action, queue, consumer, outcome, detail }: Omit<ActionRecord, 'at'>): void {
    const record = { by, action: cut(action), queue, consumer, outcome, detail: detail === null ? null : cut(detail) };
    const what = record.detail === null ? record.action : `${record.action}: ${record.detail}`;
    this.options.logger.info({ by, action: record.action, queue }, `operator action: ${what} by ${by}`);
    this.append({ at: this.options.nowMs(), ...record });
  }

  private add(request: ControlRequest, rest: Pick<ActionRecord, 'queue' | 'consumer' | 'outcome' | 'detail'>): void {
    this.append({ at: this.options.nowMs(), by: request.by, action: textOf(request), ...rest });
  }

  private append(record: ActionRecord): void {
    this.records.push(record);
    if (this.records.length > MOST_RECORDS) this.records.shift();
    for (const listener of this.listeners) listener(record);
  }
}

function entryOf(result: unknown): Pick<ActionRecord, 'queue' | 'consumer'> {
  const { queue, name } = isRecord(result) ? result : {};
  return { queue: typeof queue === 'string' ? queue : null, consumer: typeof name === 'string' ? name : null };
}

/** As on the command line of `ctl`. */
function textOf({ verb, args }: ControlRequest): string {
  const words = Object.entries(args).flatMap(([name, value]) => {
    if (value === true) return [`--${name}`];
    if (typeof value !== 'string' && typeof value !== 'number') return [];
    return POSITIONAL.has(name) ? [String(value)] : [`--${name}`, String(value)];
  });
  return cut([verb, ...words].join(' '));
}

/** A client may send any text: a terminal acts on its control characters, and bidirectional ones hide who did it. */
function cut(text: string): string {
  const printable = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ');
  return printable.length > LONGEST_TEXT ? `${printable.slice(0, LONGEST_TEXT)}…` : printable;
}
