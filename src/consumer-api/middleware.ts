import type { Amqp } from './amqp.js';
import type { ConsumerContext } from './consumer.js';
import type { Message } from './message.js';

/**
 * Handles one message: a consumer's `consume`, or a middleware around it. Throwing fails the message. With `batch` it
 * handles a list: `Handler<readonly Message[], BatchAmqp>`.
 */
export type Handler<Received = Message, Answers = Amqp> = (amqp: Answers, received: Received) => void | Promise<void>;

/**
 * `middleware:` of a consumer entry: wraps `next`, the rest of the list with `consume` at its end, in a new handler.
 * Called once per instance with the instance's context; must be synchronous, though its handler may be async. If it
 * passes another kind of message to `next`, say so: `Middleware<OrderMessage>`.
 */
export type Middleware<Passed = Message, Received = Message, Answers = Amqp> = (
  next: Handler<Passed, Answers>,
  context: ConsumerContext,
) => Handler<Received, Answers>;
