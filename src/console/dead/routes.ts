import { Hono } from 'hono';
import type { Logger } from 'pino';
import { isRecord } from '../../bridge/index.js';
import type { ActionLog } from '../../control/index.js';
import { messageOf } from '../../errors/index.js';
import { bodyOf, type ConsoleContext, type ConsoleEnv } from '../request.js';
import type { DeadAction, DeadChoice, DeadOutcome } from './dead-api.js';
import type { DeadThread } from './dead-thread.js';
import type { ChangeOperation, DeadOperation } from './operation.js';
import { changeParameters, lookParameters, ParameterError, showParameters } from './parameters.js';

export interface DeadRoutesOptions {
  /** The dead-letter queues of the configuration file. */
  readonly queues: readonly string[];
  readonly thread: Pick<DeadThread, 'run'>;
  readonly actions: Pick<ActionLog, 'note'>;
  readonly logger: Logger;
}

/** The routes below `/api/dead`; the app that mounts them checks session, origin and size of the body. */
export function deadRoutes({ queues, thread, actions, logger }: DeadRoutesOptions): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();
  const answer = async (context: ConsoleContext, operation: DeadOperation): Promise<Response> =>
    jsonAnswer(context, await thread.run(operation, context.req.raw.signal));

  const act = async (context: ConsoleContext, action: DeadAction): Promise<Response> => {
    const read = await bodyOf(context);
    if ('refusal' in read) return read.refusal;
    const operation = changeParameters(action, read.body, queues);
    const { queue } = operation;
    const note = { by: context.get('by'), action: `dead ${action} ${queue}`, queue, consumer: null };
    try {
      const json = await thread.run(operation, context.req.raw.signal);
      actions.note({ ...note, outcome: 'ok', detail: `${outcomeText(action, json)} (${choiceText(operation)})` });
      return jsonAnswer(context, json);
    } catch (error) {
      actions.note({ ...note, outcome: 'refused', detail: `${messageOf(error)} (${choiceText(operation)})` });
      throw error;
    }
  };

  app.get('/', (context) => answer(context, { kind: 'count', queues }));
  app.get('/messages', (context) => answer(context, lookParameters(queryOf(context), queues)));
  app.get('/message', (context) => answer(context, showParameters(queryOf(context), queues)));
  app.post('/replay', (context) => act(context, 'replay'));
  app.post('/delete', (context) => act(context, 'delete'));
  app.onError((error, context) => {
    if (error instanceof ParameterError) return errorAnswer(context, error.status, 'BAD_REQUEST', error.message);
    const code = 'code' in error && typeof error.code === 'string' ? error.code : 'FAILED';
    if (code === 'FAILED') logger.error({ err: error }, `console: ${context.req.path} failed: ${messageOf(error)}`);
    return errorAnswer(context, code === 'CONTROL_REFUSED' ? 409 : 503, code, messageOf(error));
  });
  return app;
}

function jsonAnswer(context: ConsoleContext, json: string): Response {
  return context.body(json, 200, { 'content-type': 'application/json; charset=UTF-8' });
}

function errorAnswer(context: ConsoleContext, status: 400 | 404 | 409 | 503, code: string, message: string): Response {
  return context.json({ error: { code, message } }, status);
}

function queryOf(context: ConsoleContext): URLSearchParams {
  return new URL(context.req.url).searchParams;
}

/** `replayed 3, 1 kept, 1 gone: no queue received the message` */
function outcomeText(action: DeadAction, json: string): string {
  const outcome: unknown = JSON.parse(json);
  if (!isOutcome(outcome)) return action;
  const { done, kept, gone, problem } = outcome;
  const parts = [
    `${action === 'replay' ? 'replayed' : 'deleted'} ${done}`,
    ...(kept > 0 ? [`${kept} kept`] : []),
    ...(gone > 0 ? [`${gone} gone`] : []),
  ];
  return `${parts.join(', ')}${problem === null ? '' : `: ${problem}`}`;
}

function choiceText({ choice }: ChangeOperation): string {
  return 'keys' in choice ? `${choice.keys.length} chosen` : conditionsText(choice);
}

function conditionsText({ where, error }: Exclude<DeadChoice, { keys: unknown }>): string {
  const parts = [...where, ...(error === null ? [] : [`error ${error}`])];
  return parts.length === 0 ? 'all' : `all with ${parts.join(', ')}`;
}

function isOutcome(value: unknown): value is DeadOutcome {
  return isRecord(value) && ['done', 'kept', 'gone'].every((name) => typeof value[name] === 'number');
}
