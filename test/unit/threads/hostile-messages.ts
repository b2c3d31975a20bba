import fc from 'fast-check';
import { encodeFieldTable } from '../../../src/amqp/index.js';
import { PublishPacker } from '../../../src/bridge/index.js';

/** Any value that structured clone accepts. */
export const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
});

const number = fc.oneof(
  { weight: 6, arbitrary: fc.nat(9) },
  fc.constantFrom(-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, 2 ** 53),
);
const code = fc.oneof({ weight: 4, arbitrary: fc.nat(15) }, number, anything);
const text = fc.oneof(fc.string(), fc.constant('x'.repeat(300)));

/** Valid most of the time, so that single invalid values are among valid ones. */
function nearly<Value>(right: fc.Arbitrary<Value>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary: right }, anything);
}

function shape(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  return fc.record(
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, name === 'type' ? value : nearly(value)] as const),
    ),
    { requiredKeys: ['type'] },
  );
}

const claimId = fc.record({ cell: number, generation: number });
const error = fc.letrec((tie) => ({
  error: fc.record(
    {
      name: text,
      message: nearly(text),
      stack: text,
      code: number,
      cause: fc.option(tie('error'), { nil: undefined }),
    },
    { requiredKeys: ['name', 'message'] },
  ),
})).error;
/** Publishes from the packer, with a few bytes changed. */
const publishes = fc
  .tuple(fc.nat(4), fc.string({ maxLength: 40 }), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }))
  .map(([count, messageId, changes]) => {
    const packer = new PublishPacker();
    for (let requestId = 0; requestId < count; requestId++) {
      packer.add({
        requestId,
        claimId: { cell: 0, generation: 1 },
        publish: {
          exchange: 'e',
          routingKey: 'k',
          mandatory: true,
          body: Buffer.from(messageId),
          headers: encodeFieldTable({ messageId }),
          properties: { persistent: true, priority: 1, messageId, timestamp: 1 },
        },
      });
    }
    const memory = packer.take();
    const bytes = new Uint8Array(memory);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return memory;
  });

const decision = fc.oneof(
  shape({ type: fc.constantFrom('reject', 'retry'), delayMs: number }),
  shape({ type: fc.constant('invalid'), errors: fc.array(nearly(text), { maxLength: 25 }) }),
);
const command = fc.oneof(
  shape({ type: fc.constant('failed'), claimId, error, decision }),
  shape({ type: fc.constantFrom('slot_up', 'slot_down', 'slot_awake'), slot: number }),
  shape({ type: fc.string() }),
  anything,
);
const report = fc.tuple(nearly(number), nearly(number), code);
const failure = fc.record({ slot: number, error });

/** Messages that a hostile consumer could post to its port: valid, almost valid, and anything. */
export const hostileMessage: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 6,
    arbitrary: shape({
      type: fc.constant('batch'),
      reports: fc.array(report, { maxLength: 8 }).map((reports) => reports.flat()),
      commands: fc.array(command, { maxLength: 4 }),
      publishes,
    }),
  },
  shape({ type: fc.constantFrom('startup_done', 'ended') }),
  shape({ type: fc.constant('booted'), threadId: anything, taskId: anything }),
  shape({ type: fc.constant('startup_failed'), error }),
  shape({ type: fc.constant('host_failed'), error }),
  shape({ type: fc.constant('hosted'), failures: fc.array(nearly(failure), { maxLength: 3 }) }),
  shape({ type: fc.constant('log'), line: text }),
  shape({ type: fc.string() }),
  anything,
);
