import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { after, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { context, propagation, type SpanContext, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import pino from 'pino';
import { SpanCells } from '../../../../src/bridge/index.js';
import { CleanContext } from '../../../../workers/instance/clean-context.js';
import { ObservedConsume } from '../../../../workers/instance/observed-consume.js';
import { openTracing } from '../../../../workers/tracing/thread-tracing.js';
import { throughMemory, wireMessage } from '../../../support/amqp/wire-message.js';
import { makeSlot } from '../../dispatch/stepped-worker.js';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
after(() => provider.shutdown());

const NOBODY = pino({ level: 'silent' });
const CALLER = { logger: NOBODY, plainLogger: NOBODY, work: undefined };
const TRACE = '0af7651916cd43dd8448eb211c80319c';

interface Traced {
  readonly sampleRatio: number;
  readonly parent?: boolean;
  readonly batchSize?: number;
}

/** The calls of one instance, and what the main thread sees of their spans. */
async function observe({ sampleRatio, parent = false, batchSize }: Traced) {
  const cells = new SpanCells(2);
  const tracing = await openTracing({ spans: cells.memory, sampleRatio, parent, version: '1.0.0' });
  const { spec } = makeSlot(0, 0, batchSize);
  const observed = new ObservedConsume(spec, { thread: 0, context: new CleanContext(), tracing });
  const consume = async (call: () => void | Promise<void>, headers: Record<string, string> = {}): Promise<void> => {
    const delivery = throughMemory(wireMessage({ headers }));
    observed.begin(() => [{ claimId: { cell: 1, generation: 1 }, delivery }]);
    await observed.run(call, () => [], CALLER);
    observed.end();
  };
  return { cells, consume };
}

function active(): SpanContext {
  return trace.getSpanContext(context.active()) ?? assert.fail('no span is active');
}

describe('a call of `consume` without a trace', () => {
  for (const batchSize of [undefined, 10]) {
    const what = batchSize === undefined ? 'a message' : 'a batch';
    test(`has a trace id of its own that is not sampled, also in the continuations (${what})`, async () => {
      exporter.reset();
      const { cells, consume } = await observe({ sampleRatio: 0, ...(batchSize !== undefined && { batchSize }) });
      const seen: SpanContext[][] = [];
      for (let left = 3; left > 0; left--) {
        await consume(async () => {
          const first = active();
          await nextTurn();
          trace.getTracer('of the user').startSpan('query').end();
          seen.push([first, active()]);
        });
        assert.deepEqual(cells.read(1), { state: 'unsampled' });
      }
      assert.ok(seen.flat().every(({ traceFlags, traceId }) => traceFlags === 0 && /[1-9a-f]/.test(traceId)));
      assert.ok(seen.every(([first, later]) => first?.traceId === later?.traceId));
      assert.equal(new Set(seen.map(([first]) => first?.traceId)).size, 3);
      assert.deepEqual(exporter.getFinishedSpans(), []);
    });
  }

  test('sees nothing that an earlier one entered', async () => {
    const { consume } = await observe({ sampleRatio: 0 });
    const store = new AsyncLocalStorage<number>();
    const seen: (number | undefined)[] = [];
    for (let left = 3; left > 0; left--) {
      await consume(async () => {
        seen.push(store.getStore());
        store.enterWith(left);
        await nextTurn();
        assert.equal(store.getStore(), left);
      });
    }
    assert.deepEqual(seen, [undefined, undefined, undefined]);
  });

  test('leaves nothing active after it', async () => {
    const { consume } = await observe({ sampleRatio: 0 });
    await consume(() => undefined);
    assert.equal(trace.getSpanContext(context.active()), undefined);
  });

  test('passes on the baggage of its publisher', async () => {
    const { consume } = await observe({ sampleRatio: 0 });
    const tenants: unknown[] = [];
    const note = (): void => void tenants.push(propagation.getActiveBaggage()?.getEntry('tenant')?.value);
    await consume(note, { baggage: 'tenant=a' });
    await consume(note);
    assert.deepEqual(tenants, ['a', undefined]);
  });

  test('is in the trace of its publisher with `parent`, sampled or not', async () => {
    exporter.reset();
    const { cells, consume } = await observe({ sampleRatio: 0, parent: true });
    const seen: SpanContext[] = [];
    for (const flags of ['00', '01']) {
      await consume(() => void seen.push(active()), { traceparent: `00-${TRACE}-b7ad6b7169203331-${flags}` });
    }
    assert.deepEqual(
      seen.map(({ traceId, traceFlags }) => [traceId, traceFlags]),
      [
        [TRACE, 0],
        [TRACE, 1],
      ],
    );
    assert.equal(exporter.getFinishedSpans().length, 1);
    assert.deepEqual(cells.read(1), { state: 'ended' });
  });
});

test('a sampled call of `consume` between others has its span, and they have none', async () => {
  exporter.reset();
  const all = await observe({ sampleRatio: 1 });
  const none = await observe({ sampleRatio: 0 });
  const seen: number[] = [];
  const note = (): void => void seen.push(active().traceFlags);
  await none.consume(note);
  await all.consume(async () => {
    note();
    assert.equal(all.cells.read(1).state, 'open');
    await none.consume(note);
  });
  assert.deepEqual(seen, [0, 1, 0]);
  assert.equal(exporter.getFinishedSpans().length, 1);
});
