import type { Publish } from '../../src/amqp/index.js';
import {
  type ClaimId,
  type IncomingDelivery,
  type SlotSpec,
  type TracingTask,
  WorkerSpanCells,
} from '../../src/bridge/index.js';
import { pause } from '../../src/timing/index.js';
import { identityOfPublish, loadTelemetry, type MessageSpan, MessageTracer } from '../../src/tracing/index.js';
import type { Confirmation } from '../answer/confirmation.js';

/** Of `consume`. */
export type ThreadSpan = Pick<MessageSpan, 'run' | 'fail' | 'end'>;

/** Calls of `consume` without a trace: spans below them are not sampled. */
export interface UntracedCalls {
  /** Calls with their context active. */
  enter<Result>(make: () => Result): Result;
  /** From now on another call: its trace id, for log lines, is a new one. Code that outlives its call sees the new one. */
  next(): void;
}

/** Opens the tracing of this thread; undefined without an SDK: then the main thread makes the spans. */
export async function openTracing({ spans, ...plan }: TracingTask): Promise<ThreadTracing | undefined> {
  try {
    const telemetry = await loadTelemetry(plan.version);
    if (telemetry === undefined) return undefined;
    return new ThreadTracing(new MessageTracer(telemetry, plan), new WorkerSpanCells(spans));
  } catch {
    // The main thread says so.
    return undefined;
  }
}

/** Makes the spans of one thread with the SDK that the user loaded there, so that theirs hang below. */
export class ThreadTracing {
  private readonly tracer: MessageTracer;
  private readonly cells: WorkerSpanCells;

  constructor(tracer: MessageTracer, cells: WorkerSpanCells) {
    this.tracer = tracer;
    this.cells = cells;
  }

  /** Undefined for a call without a trace, of its own or of its publisher: it runs in an untraced context. */
  consume(
    { queue, batchSize }: SlotSpec,
    begun: readonly { readonly claimId: ClaimId; readonly delivery: IncomingDelivery }[],
  ): ThreadSpan | undefined {
    const { cells, tracer } = this;
    const isBatch = batchSize !== undefined;
    const isDrawn = tracer.draw();
    if (!isDrawn && (isBatch || !begun.some(({ delivery }) => delivery.hasHeaders && tracer.mayContinue(delivery)))) {
      return undefined;
    }
    const messages = begun.map(({ delivery }) => delivery);
    const span = tracer.consume({ queue, isBatch, messages, isDrawn });
    const { ids } = span;
    if (ids === undefined) return span;
    for (const { claimId } of begun) cells.opened(claimId.cell, ids);
    return {
      run: (call) => span.run(call),
      fail: (thrown) => span.fail(thrown),
      end: () => {
        span.end();
        for (const { claimId } of begun) cells.ended(claimId.cell);
      },
    };
  }

  /** One for all calls without a trace of an instance: making one active for each costs 0.2 to 0.4 microseconds. */
  untraced(): UntracedCalls {
    const context = this.tracer.untracedContext();
    return {
      enter: (make) => this.tracer.telemetry.api.context.with(context, make),
      next: () => context.renew(),
    };
  }

  /** The publish with its context in the headers; the span ends with the confirmation. */
  publish(publish: Publish, confirmation: Confirmation): Publish {
    const span = this.tracer.publish(publish, identityOfPublish(publish));
    if (span.isRecording) {
      confirmation.onEnd = (error) => {
        if (error !== undefined) span.fail(error);
        span.end();
      };
    }
    return { ...publish, headers: this.tracer.inject(publish.headers, span) };
  }

  /** Exports what the SDK still holds. Never rejects. */
  async flush(limitMs: number): Promise<void> {
    const done = new AbortController();
    const flushed = this.tracer.telemetry.flush().then(() => done.abort());
    await Promise.race([flushed, pause(Math.max(1, limitMs), done.signal)]);
  }
}
