import { createServer, type Server } from 'node:http';
import type { TestContext } from 'node:test';
import { isRecord } from '../json-record.js';
import { waitFor } from '../wait.js';

/** A span as the collector got it; ids in hexadecimal, times in milliseconds since the epoch. */
export interface CollectedSpan {
  readonly name: string;
  /** 1 internal, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The messages of recorded exceptions. */
  readonly exceptions: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  /** 2: error. */
  readonly status: number;
  readonly statusText: string;
}

/** An OpenTelemetry collector on loopback that keeps what it gets: OTLP as JSON. */
export class Collector {
  readonly spans: CollectedSpan[] = [];
  private readonly server: Server;
  private port = 0;

  private constructor() {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        this.spans.push(...spansIn(JSON.parse(Buffer.concat(parts).toString())));
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
  }

  static async start(t: TestContext): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((resolve) => collector.server.listen(0, '127.0.0.1', resolve));
    const address = collector.server.address();
    collector.port = typeof address === 'object' && address !== null ? address.port : 0;
    t.after(async () => {
      collector.server.closeAllConnections();
      await new Promise((resolve) => collector.server.close(resolve));
    });
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/v1/traces`;
  }

  named(name: string): CollectedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** Resolves with the spans of a name once there are so many. */
  async holds(name: string, count = 1): Promise<CollectedSpan[]> {
    await waitFor(() => this.named(name).length >= count, {
      timeoutMs: 60_000,
      what: () => `${count} spans "${name}"; there are ${this.spans.map((span) => span.name).join(', ')}`,
    });
    return this.named(name);
  }
}

function spansIn(body: unknown): CollectedSpan[] {
  return listIn(body, 'resourceSpans')
    .flatMap((resource) => listIn(resource, 'scopeSpans'))
    .flatMap((scope) => listIn(scope, 'spans'))
    .map((span) => ({
      name: textIn(span, 'name'),
      kind: Number(valueIn(span, 'kind')),
      traceId: textIn(span, 'traceId'),
      spanId: textIn(span, 'spanId'),
      parentSpanId: textIn(span, 'parentSpanId'),
      links: listIn(span, 'links').map((link) => ({
        traceId: textIn(link, 'traceId'),
        spanId: textIn(link, 'spanId'),
      })),
      attributes: attributesIn(span),
      exceptions: listIn(span, 'events').map((event) => String(attributesIn(event)['exception.message'])),
      startMs: Number(valueIn(span, 'startTimeUnixNano')) / 1e6,
      endMs: Number(valueIn(span, 'endTimeUnixNano')) / 1e6,
      status: Number(valueIn(valueIn(span, 'status'), 'code') ?? 0),
      statusText: textIn(valueIn(span, 'status'), 'message'),
    }));
}

function attributesIn(holder: unknown): Record<string, unknown> {
  return Object.fromEntries(
    listIn(holder, 'attributes').map((attribute) => {
      const value = valueIn(attribute, 'value');
      return [textIn(attribute, 'key'), isRecord(value) ? Object.values(value)[0] : undefined];
    }),
  );
}

function valueIn(holder: unknown, key: string): unknown {
  return isRecord(holder) ? holder[key] : undefined;
}

function listIn(holder: unknown, key: string): readonly unknown[] {
  const value = valueIn(holder, key);
  return Array.isArray(value) ? value : [];
}

function textIn(holder: unknown, key: string): string {
  const value = valueIn(holder, key);
  return typeof value === 'string' ? value : '';
}
