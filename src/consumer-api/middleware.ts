import type { Amqp } from './amqp.js';
import type { ConsumerContext } from './consumer.js';
import type { Message } from './message.js';

/**
 * What handles one message: `consume` of a consumer, or a middleware around it. A throw fails the message. With `batch` it
 * handles a list: `Handler<readonly Message[], BatchAmqp>`.
 */
export type Handler<Received = Message, Answers = Amqp> = (amqp: Answers, received: Received) => void | Promise<void>;

/**
 * `middleware:` of a consumer entry: makes the handler that is called in place of `next`, which is the rest of the list and at
 * last `consume`. Called once for each instance, with what the instance is constructed with; not async, though its handler may
 * be. A middleware that gives `next` another kind of message says so: `Middleware<OrderMessage>`.
 */
export type Middleware<Passed = Message, Received = Message, Answers = Amqp> = (
  next: Handler<Passed, Answers>,
  context: ConsumerContext,
) => Handler<Received, Answers>;
