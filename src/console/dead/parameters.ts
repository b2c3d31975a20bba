import { messageOf, nearestWord } from '../../errors/index.js';
import { selectionOf } from './conditions.js';
import type { DeadAction, DeadChoice } from './dead-api.js';
import type { ChangeOperation, LookOperation, ShowOperation } from './operation.js';

const USUAL_LIMIT = 100;
const MOST_ROWS = 500;
/** As many as can be shown. */
const MOST_KEYS = MOST_ROWS;
const KEY = /^[0-9a-f]{64}$/;

/** A request with wrong parameters. */
export class ParameterError extends Error {
  readonly status: 400 | 404;

  constructor(message: string, status: 400 | 404 = 400) {
    super(message);
    this.status = status;
  }
}

/** Reads `?queue=Q&where=…&error=…&limit=N&look=LOOK`. @throws ParameterError */
export function lookParameters(query: URLSearchParams, queues: readonly string[]): LookOperation {
  return {
    kind: 'look',
    queue: queueOf(query.get('queue'), queues),
    look: query.get('look'),
    where: checkedWhere(query.getAll('where')),
    error: query.get('error'),
    limit: limitOf(query.get('limit')),
  };
}

/** Reads `?queue=Q&key=KEY&look=LOOK`. @throws ParameterError */
export function showParameters(query: URLSearchParams, queues: readonly string[]): ShowOperation {
  const key = query.get('key') ?? '';
  if (!KEY.test(key)) throw new ParameterError('key is the key of a message in the list');
  return { kind: 'show', queue: queueOf(query.get('queue'), queues), look: query.get('look'), key };
}

/** Reads the body of a replay or delete. @throws ParameterError */
export function changeParameters(
  action: DeadAction,
  body: Readonly<Record<string, unknown>>,
  queues: readonly string[],
): ChangeOperation {
  return { kind: 'change', action, queue: queueOf(body['queue'], queues), choice: choiceOf(body) };
}

function choiceOf({ keys, look, where = [], error = null }: Readonly<Record<string, unknown>>): DeadChoice {
  if (keys !== undefined) {
    if (!isTexts(keys) || keys.length === 0 || keys.length > MOST_KEYS || !keys.every((key) => KEY.test(key))) {
      throw new ParameterError(`keys is a list of 1 to ${MOST_KEYS} keys of messages in the list`);
    }
    return { keys };
  }
  if (typeof look !== 'string') {
    throw new ParameterError(
      'the body names messages by keys, or by look and where, of an answer of /api/dead/messages',
    );
  }
  if (!isTexts(where)) throw new ParameterError('where is a list of conditions');
  if (error !== null && typeof error !== 'string') throw new ParameterError('error is a text of byError');
  return { look, where: checkedWhere(where), error };
}

/** Only a dead-letter queue of the file: nothing else of the broker can be read or emptied here. */
function queueOf(queue: unknown, queues: readonly string[]): string {
  if (typeof queue !== 'string' || queue === '') throw new ParameterError('queue is missing');
  if (queues.includes(queue)) return queue;
  const nearest = nearestWord(queue, queues);
  const meant = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  throw new ParameterError(`"${queue}" is not a dead-letter queue of the configuration file${meant}`, 404);
}

/** The thread reads them again: it knows the time of the copy. */
function checkedWhere(where: readonly string[]): readonly string[] {
  try {
    selectionOf(where, Date.now());
  } catch (error) {
    throw new ParameterError(messageOf(error));
  }
  return where;
}

function limitOf(written: string | null): number {
  if (written === null) return USUAL_LIMIT;
  const limit = /^\d{1,3}$/.test(written) ? Number(written) : 0;
  if (limit < 1 || limit > MOST_ROWS) throw new ParameterError(`limit is a whole number from 1 to ${MOST_ROWS}`);
  return limit;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
