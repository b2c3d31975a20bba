import { countReady } from '../../../broker/index.js';
import type { DeadLettersOptions } from '../../../dead/index.js';
import { messageOf } from '../../../errors/index.js';
import { createPlainLogger } from '../../../logging/index.js';
import type { DeadMessageView, DeadOutcome, DeadPage, DeadQueues } from '../dead-api.js';
import type { ChangeOperation, DeadOperation, DeadThreadPlan, LookOperation, ShowOperation } from '../operation.js';
import { refused } from '../refused.js';
import { change } from './change.js';
import { withError } from './look.js';
import { Looks } from './looks.js';
import { groupByError, messageRow } from './message-rows.js';
import { messageView } from './message-view.js';

export interface DeadWorkOptions {
  /** Heap of all copies of queues together. */
  readonly mostBytes: number;
  readonly log: (line: string) => void;
}

/** Performs operations on dead queues, in a thread of its own. */
export class DeadWork {
  private readonly options: Omit<DeadLettersOptions, 'queue' | 'signal'>;
  private readonly looks: Looks;

  constructor(plan: DeadThreadPlan, { mostBytes, log }: DeadWorkOptions) {
    this.looks = new Looks(mostBytes);
    this.options = { ...plan, random: Math.random, logger: createPlainLogger(log) };
  }

  /** @throws DispatcherError */
  async perform(
    operation: DeadOperation,
    signal: AbortSignal,
  ): Promise<DeadQueues | DeadPage | DeadMessageView | DeadOutcome> {
    switch (operation.kind) {
      case 'count':
        return this.count(operation.queues, signal);
      case 'look':
        return this.look(operation, signal);
      case 'show':
        return this.show(operation, signal);
      default:
        return this.change(operation, signal);
    }
  }

  async close(): Promise<void> {
    await this.looks.close();
  }

  private async count(queues: readonly string[], signal: AbortSignal): Promise<DeadQueues> {
    const counts = await countReady({ ...this.options, signal }, queues);
    return {
      queues: queues.map((queue) => {
        const count = counts.get(queue);
        return typeof count === 'number'
          ? { queue, messages: count, problem: null }
          : { queue, messages: null, problem: messageOf(count) };
      }),
    };
  }

  private look({ queue, look: named, where, error, limit }: LookOperation, signal: AbortSignal): Promise<DeadPage> {
    return this.looks.use({ ...this.options, queue, signal }, named, async (look) => {
      const matching = await look.matching(where);
      const shown = withError(matching, error);
      return {
        queue,
        look: look.id,
        readAt: look.readAt,
        total: look.total,
        looked: look.entries.length,
        matching: shown.length,
        messages: shown.slice(0, limit).map(messageRow),
        more: shown.length > limit,
        ...groupByError(matching),
        warning: look.warning,
      };
    });
  }

  private show({ queue, look: named, key }: ShowOperation, signal: AbortSignal): Promise<DeadMessageView> {
    return this.looks.use({ ...this.options, queue, signal }, named, async (look) => {
      const entry = look.entries.find(({ contentHash }) => contentHash === key);
      if (entry === undefined) throw refused(`"${queue}" has no such message`);
      return messageView(await look.message(entry), entry);
    });
  }

  private async change({ action, queue, choice }: ChangeOperation, signal: AbortSignal): Promise<DeadOutcome> {
    const options = { ...this.options, queue, signal };
    const contents =
      'keys' in choice
        ? choice.keys
        : await this.looks.use(options, choice.look, async (look) =>
            withError(await look.matching(choice.where), choice.error).map(({ contentHash }) => contentHash),
          );
    await this.looks.drop(queue);
    return change(action, contents, options);
  }
}
