import type { AnswerName } from '../../../src/bridge/index.js';
import type { Amqp, BatchAmqp, Message } from '../../../src/consumer-api/index.js';

type Answer = Exclude<AnswerName, 'none'>;

/** One call of a consumer, which answers and ends when the test says so. */
export class Consume {
  readonly messages: readonly Message[];
  /** Ends in the moment in which the test says so: of a plain promise others hear a turn later. */
  readonly promise: Promise<void>;
  private readonly amqp: Amqp | BatchAmqp;
  private ended: () => void = () => undefined;
  private failed: (thrown: unknown) => void = () => undefined;

  constructor(messages: readonly Message[], amqp: Amqp | BatchAmqp) {
    this.messages = messages;
    this.amqp = amqp;
    this.promise = new Promise<void>(() => undefined);
    const hear = (ended: () => void, failed: (thrown: unknown) => void): void => {
      this.ended = ended;
      this.failed = failed;
    };
    // oxlint-disable-next-line unicorn/no-thenable -- its awaiter must learn of the end at once
    void Object.defineProperty(this.promise, 'then', { value: hear });
  }

  /** Answers the first message that still can be. False: there is none. */
  answer(answer: Answer): boolean {
    return this.settleOne((message) => void this.settle(message, answer));
  }

  /** Fails the first message of a batch that still can be, and goes on. False: there is none. */
  failAlone(error: Error): boolean {
    const { amqp } = this;
    return 'fail' in amqp && this.settleOne((message) => void amqp.fail(message, error));
  }

  end(): void {
    this.ended();
  }

  fail(thrown: unknown): void {
    this.failed(thrown);
  }

  /** True when one message has got its answer by this. */
  private settleOne(settle: (message: Message) => void): boolean {
    return this.messages.some((message) => {
      if (this.hasRespondedTo(message)) return false;
      settle(message);
      return this.hasRespondedTo(message);
    });
  }

  private hasRespondedTo(message: Message): boolean {
    return 'hasRespondedTo' in this.amqp ? this.amqp.hasRespondedTo(message) : this.amqp.hasResponded;
  }

  private settle(message: Message, answer: Answer): Promise<void> {
    const { amqp } = this;
    const requeue = { requeue: answer.endsWith('Requeue') };
    if (answer === 'ack') return 'fail' in amqp ? amqp.ack(message) : amqp.ack();
    if (answer.startsWith('nack')) return 'fail' in amqp ? amqp.nack(message, requeue) : amqp.nack(requeue);
    return 'fail' in amqp ? amqp.reject(message, requeue) : amqp.reject(requeue);
  }
}
