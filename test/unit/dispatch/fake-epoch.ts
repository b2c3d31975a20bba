import { MessageMemory, type ReceivedMessage } from '../../../src/amqp/index.js';
import type { AnswerName } from '../../../src/bridge/index.js';
import type { Epoch } from '../../../src/broker/index.js';
import { type MessageParts, wireMessage } from '../../support/amqp/wire-message.js';

/** An epoch that records every answer, and every breach of the broker's rule. */
export class FakeEpoch implements Epoch {
  readonly answers = new Map<number, AnswerName>();
  readonly violations: string[] = [];
  /** Tags that are never answered. */
  readonly forgone = new Set<number>();
  isOpen = true;
  oldestOpen: number | undefined;

  settle(deliveryTag: number, answer: Exclude<AnswerName, 'none'>): boolean {
    if (!this.isOpen) return false;
    if (this.forgone.has(deliveryTag))
      this.violations.push(`${deliveryTag} was answered though the broker has it back`);
    if (this.answers.has(deliveryTag)) this.violations.push(`${deliveryTag} was answered twice`);
    this.answers.set(deliveryTag, answer);
    return true;
  }

  forgo(deliveryTag: number): void {
    if (this.answers.has(deliveryTag)) this.violations.push(`${deliveryTag} was given up after its answer`);
    if (this.isOpen) this.forgone.add(deliveryTag);
  }
}

/** One for all messages: a thread tells their segments apart by numbers that each memory counts anew. */
const memory = new MessageMemory();

export function makeMessage(deliveryTag: number, routingKey = 'q', more: MessageParts = {}): ReceivedMessage {
  return wireMessage({ deliveryTag, routingKey, memory, ...more });
}
