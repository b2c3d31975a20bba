import { CleanContext } from '../../workers/instance/clean-context.js';
import type { Measured } from './clock.js';

/** The code around the call of a consumer. */

const MESSAGES = 1_000;

export function callBenchmarks(): Measured[] {
  const context = new CleanContext();
  const consumer = { consume: (_amqp: object, _message: object): void => undefined };
  return [
    called('call: consume', (amqp, message) => consumer.consume(amqp, message)),
    called('call: consume, in a clean context', (amqp, message) => context.run(() => consumer.consume(amqp, message))),
  ];
}

function called(name: string, consume: (amqp: object, message: object) => void): Measured {
  return {
    name,
    messages: MESSAGES,
    run: () => {
      for (let left = MESSAGES; left > 0; left--) consume({ left }, { left });
    },
  };
}
