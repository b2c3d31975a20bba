import { Hono } from 'hono';
import type { Logger } from 'pino';
import { type ActionLog, isReading, VERBS } from '../control/index.js';
import { DispatcherError, messageOf } from '../errors/index.js';
import type { ActionReply, ErrorReply } from './api.js';
import { bodyOf, type ConsoleEnv, errorReply } from './request.js';

/** `/api/actions`: the log of actions, and each verb of the control protocol that changes or inspects something. */
export function actionRoutes(actions: ActionLog, logger: Logger): Hono<ConsoleEnv> {
  const routes = new Hono<ConsoleEnv>();
  routes.get('/', (context) => context.json(actions.recent()));
  routes.post('/:verb', async (context) => {
    const written = context.req.param('verb');
    const verb = VERBS.find((each) => each === written && !isReading(each));
    if (verb === undefined) return errorReply(context, 404, 'NOT_FOUND', `"${written}" is not an action`);
    const read = await bodyOf(context);
    if ('refusal' in read) return read.refusal;
    try {
      const result = await actions.perform({ verb, args: read.body, by: context.get('by') });
      return context.json({ result } satisfies ActionReply);
    } catch (error) {
      if (!(error instanceof DispatcherError)) {
        logger.error({ err: error }, `console: ${verb} failed: ${messageOf(error)}`);
        return errorReply(context, 500, 'FAILED', `the action failed: ${messageOf(error)}; the log has the error`);
      }
      const { code, message } = error;
      return context.json({ error: { code, message } } satisfies ErrorReply, 409);
    }
  });
  return routes;
}
