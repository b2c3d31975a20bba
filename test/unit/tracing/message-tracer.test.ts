import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import type * as api from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { decodeFieldTable, encodeFieldTable } from '../../../src/amqp/index.js';
import { SpanCells, WorkerSpanCells } from '../../../src/bridge/index.js';
import {
  loadTelemetry,
  type MessageSpan,
  MessageTracer,
  Telemetry,
  type TracedMessage,
} from '../../../src/tracing/index.js';
import { wireMessage } from '../../support/amqp/wire-message.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const IDS = { traceId: TRACE, spanId: SPAN };
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`;

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const before = await loadTelemetry('1.0.0');
provider.register();
const telemetry = (await loadTelemetry('1.0.0')) ?? assert.fail('no SDK');
const tracer = new MessageTracer(telemetry, { parent: true, sampleRatio: 1, version: '1.0.0' });

beforeEach(() => exporter.reset());
after(() => provider.shutdown());

function message(headers: Record<string, string>): TracedMessage {
  const { route, properties, deliveryTag } = wireMessage({ headers });
  return { route, properties, deliveryTag };
}

function tracerOf(sampleRatio: number, parent = false): MessageTracer {
  return new MessageTracer(telemetry, { parent, sampleRatio, version: '1' });
}

function consume(of: MessageTracer, headers: Record<string, string> = {}): MessageSpan {
  return of.consume({ queue: 'q', isBatch: false, messages: [message(headers)] });
}

function missingApi(): Promise<never> {
  return Promise.reject(new Error('Cannot find package'));
}

describe('the telemetry of a thread', () => {
  test('is undefined until an SDK is registered', () => {
    assert.equal(before, undefined);
    assert.deepEqual([...telemetry.fields].toSorted(), ['baggage', 'traceparent', 'tracestate']);
  });

  test('is refused with what to install if the API is missing', async () => {
    await assert.rejects(loadTelemetry('1.0.0', missingApi), {
      code: 'TRACING_UNAVAILABLE',
      message: /cannot be loaded: Cannot find package \(install .*npm install @opentelemetry\/api/,
    });
  });
});

/** Since the epoch: the SDK takes a small number for one of `performance.now()`. */
const NOW_MS = 1_795_000_000_000;

describe('a span of `consume`', () => {
  test('has the ids of the span that a dead thread had open', () => {
    tracer
      .consume({ queue: 'q', isBatch: false, messages: [message({})], ids: IDS, startTime: NOW_MS })
      .end(NOW_MS + 2_000);
    const [span = assert.fail()] = exporter.getFinishedSpans();
    assert.deepEqual([span.spanContext().traceId, span.spanContext().spanId], [TRACE, SPAN]);
    assert.deepEqual(
      [span.startTime, span.endTime],
      [
        [NOW_MS / 1_000, 0],
        [NOW_MS / 1_000 + 2, 0],
      ],
    );
  });

  test('is below the lost span if the SDK does not let its ids be chosen', () => {
    const other: api.Tracer = {
      startSpan: (...args) => telemetry.tracer.startSpan(...args),
      startActiveSpan: () => assert.fail(),
    };
    const alone = new MessageTracer(new Telemetry(telemetry.api, other), {
      parent: false,
      sampleRatio: 1,
      version: '1',
    });
    alone.consume({ queue: 'q', isBatch: false, messages: [], ids: IDS }).end();
    const [span = assert.fail()] = exporter.getFinishedSpans();
    assert.deepEqual([span.spanContext().traceId, span.parentSpanContext?.spanId], [TRACE, SPAN]);
  });

  for (const [title, headers, parent] of [
    ['a tracestate of 1 MB', { traceparent: TRACEPARENT, tracestate: `k=${'v'.repeat(1_000_000)}` }, SPAN],
    ['a traceparent of 1 MB', { traceparent: TRACEPARENT.repeat(18_000) }, undefined],
    ['a baggage of 1 MB', { traceparent: TRACEPARENT, baggage: 'k=v,'.repeat(250_000) }, SPAN],
  ] as const) {
    test(`is made in little time in spite of ${title}`, () => {
      const hostile = message(headers);
      const startMs = performance.now();
      tracer.consume({ queue: 'q', isBatch: false, messages: [hostile] }).end();
      assert.ok(performance.now() - startMs < 1_000);
      assert.equal(exporter.getFinishedSpans()[0]?.parentSpanContext?.spanId, parent);
    });
  }

  test('survives headers that end in the middle', () => {
    const { route, properties, deliveryTag } = message({ traceparent: TRACEPARENT });
    const cut = properties.subarray(0, properties.length - 10);
    tracer.consume({ queue: 'q', isBatch: false, messages: [{ route, properties: cut, deliveryTag }] }).end();
    assert.equal(exporter.getFinishedSpans().length, 1);
  });
});

describe('with a sample ratio', () => {
  test('of 0, no message has a span, and each gives its children a trace id that is not sampled', () => {
    const traces = [1, 2].map(() => {
      const span = consume(tracerOf(0));
      const seen = span.run(() => {
        telemetry.tracer.startSpan('of the user').end();
        tracer.publish({ exchange: 'x', routingKey: 'k' }, {}).end();
        return [1, 2].map(() => telemetry.api.trace.getActiveSpan()?.spanContext() ?? assert.fail('no span'));
      });
      assert.ok(seen.every((each) => telemetry.api.isSpanContextValid(each) && each.traceFlags === 0));
      assert.equal(seen[0]?.traceId, seen[1]?.traceId);
      span.fail(new Error('of the user'));
      span.end();
      assert.deepEqual([span.isRecording, span.ids], [false, undefined]);
      return seen[0]?.traceId;
    });
    assert.notEqual(traces[0], traces[1]);
    assert.equal(exporter.getFinishedSpans().length, 0);
  });

  test('of 0.5, about half of the messages have a span', () => {
    const half = tracerOf(0.5);
    for (let left = 1_000; left > 0; left--) consume(half).end();
    const { length } = exporter.getFinishedSpans();
    assert.ok(length > 350 && length < 650, String(length));
  });

  test('a message whose parent is sampled has a span, whatever the ratio', () => {
    consume(tracerOf(0, true), { traceparent: TRACEPARENT }).end();
    assert.equal(exporter.getFinishedSpans()[0]?.spanContext().traceId, TRACE);
    exporter.reset();
    consume(tracerOf(0, true)).end();
    consume(tracerOf(0), { traceparent: TRACEPARENT }).end();
    assert.equal(exporter.getFinishedSpans().length, 0);
  });

  test('a message without a span passes its baggage on', () => {
    const span = consume(tracerOf(0), { baggage: 'tenant=a' });
    const { api: own } = telemetry;
    assert.equal(
      span.run(() => own.propagation.getActiveBaggage()?.getEntry('tenant')?.value),
      'a',
    );
  });

  test('the span that a dead thread had open is always ended', () => {
    tracerOf(0)
      .consume({ queue: 'q', isBatch: false, messages: [message({})], ids: IDS, startTime: NOW_MS })
      .end(NOW_MS);
    assert.equal(exporter.getFinishedSpans()[0]?.spanContext().spanId, SPAN);
  });
});

describe('the context of a publish', () => {
  test('joins the headers, and never replaces those of the caller', () => {
    const span = tracer.publish({ exchange: 'x', routingKey: 'k' }, {});
    const injected = decodeFieldTable(tracer.inject(encodeFieldTable({ tenant: 'a' }), span));
    assert.deepEqual(Object.keys(injected), ['tenant', 'traceparent']);
    const { traceparent } = injected;
    assert.ok(typeof traceparent === 'string');
    assert.match(traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    for (const own of [{ traceparent: 'mine' }, { tracestate: 'a=b' }]) {
      assert.deepEqual(decodeFieldTable(tracer.inject(encodeFieldTable(own), span)), own);
    }
    // Only a value names it.
    assert.equal(Object.keys(decodeFieldTable(tracer.inject(encodeFieldTable({ a: 'traceparent' }), span))).length, 2);
  });

  test('names exchange, routing key and ids', () => {
    tracer.publish({ exchange: 'x', routingKey: 'k' }, { messageId: 'm', correlationId: 'c' }).end();
    const [span = assert.fail()] = exporter.getFinishedSpans();
    assert.equal(span.name, 'publish x');
    assert.equal(span.attributes['messaging.destination.name'], 'x:k');
    assert.equal(span.attributes['messaging.message.conversation_id'], 'c');
  });
});

describe('the span cells', () => {
  test('tell the main thread which span a thread has open', () => {
    const main = new SpanCells(2);
    assert.deepEqual(main.read(1), { state: 'none' }, 'it has no SDK');
    const worker = new WorkerSpanCells(main.memory);
    assert.deepEqual(main.read(1), { state: 'unsampled' });
    worker.opened(1, { traceId: `00000000${TRACE.slice(8)}`, spanId: '00000000ffffffff' });
    assert.deepEqual(main.read(1), {
      state: 'open',
      traceId: `00000000${TRACE.slice(8)}`,
      spanId: '00000000ffffffff',
    });
    assert.deepEqual(main.read(0), { state: 'unsampled' });
    worker.ended(1);
    assert.deepEqual(main.read(1), { state: 'ended' });
    main.clear(1);
    assert.deepEqual(main.read(1), { state: 'unsampled' });
  });
});

describe('the context of a call of `consume`', () => {
  test('has the span for those who ask, and the values of its parent', () => {
    const { trace, context, createContextKey } = telemetry.api;
    const span = tracer.consume({ queue: 'q', isBatch: false, messages: [message({ traceparent: TRACEPARENT })] });
    const key = createContextKey('mine');
    assert.equal(trace.getSpanContext(span.context)?.traceId, TRACE);
    assert.equal(span.context.setValue(key, 1).getValue(key), 1);
    assert.equal(trace.getSpan(trace.deleteSpan(span.context)), undefined);
    const active = span.run(() => trace.getSpanContext(context.active())?.spanId);
    span.end();
    assert.equal(active, exporter.getFinishedSpans()[0]?.spanContext().spanId);
  });

  test('has no parent if the traceparent is no text, or only a value looks like its name', () => {
    for (const headers of [{ traceparent: 5 }, { note: '\u000btraceparent' }]) {
      const { route, properties, deliveryTag } = wireMessage({ headers });
      tracer.consume({ queue: 'q', isBatch: false, messages: [{ route, properties, deliveryTag }] }).end();
    }
    assert.deepEqual(
      exporter.getFinishedSpans().map(({ parentSpanContext }) => parentSpanContext),
      [undefined, undefined],
    );
  });
});
