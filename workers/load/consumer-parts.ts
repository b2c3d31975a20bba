import type { ModuleReference, SlotSpec } from '../../src/bridge/index.js';
import type { ConsumerContext, Handler } from '../../src/consumer-api/index.js';
import { ConsumerError, messageOf } from '../../src/errors/index.js';
import { shown } from '../instance/consumer-shutdown.js';
import { chain, type LoadedMiddleware } from '../instance/middleware-chain.js';
import type { Decode } from '../message/json-decoder.js';
import type { DecoderLoader } from './decoder-loader.js';
import type { ModuleLoader } from './module-loader.js';
import { acceptedOptions } from './options-check.js';
import { loadPlaced } from './place.js';

type SubjectClass<Subject> = new (context: ConsumerContext) => Subject;

type Call = readonly [amqp: object, received: object];

/** The parts of an entry's instances. */
export interface ConsumerParts<Subject> {
  readonly subjectClass: SubjectClass<Subject>;
  readonly middleware: readonly LoadedMiddleware[];
  /** The entry's, with the defaults of the class's schema. */
  readonly options: SlotSpec['options'];
  /** Outermost; absent: no check. */
  readonly decode?: Decode;
}

export interface PartLoaders {
  readonly modules: ModuleLoader;
  readonly decoders: DecoderLoader;
}

interface Consuming<Called extends Call> {
  consume(amqp: Called[0], received: Called[1]): void | Promise<void>;
}

export interface ConstructedConsumer<Subject, Called extends Call> {
  readonly consumer: Subject;
  /** Undefined: call `consume` itself. */
  readonly handler: Handler<Called[1], Called[0]> | undefined;
}

/** @throws ConfigurationError, with the place in the file */
export async function loadParts<Subject>(
  spec: SlotSpec,
  { modules, decoders }: PartLoaders,
  loadClass: (reference: ModuleReference) => Promise<SubjectClass<Subject>>,
): Promise<ConsumerParts<Subject>> {
  const { reference, middleware = [], decode } = spec;
  const subjectClass = await loadPlaced(reference, () => loadClass(reference));
  const options = await acceptedOptions(subjectClass, spec);
  const loaded: LoadedMiddleware[] = [];
  for (const each of middleware) {
    loaded.push({ reference: each, factory: await loadPlaced(each, () => modules.middleware(each)) });
  }
  if (decode === undefined) return { subjectClass, options, middleware: loaded };
  const decoder = await loadPlaced(decode.json.schema ?? {}, () => decoders.decoder(decode));
  return { subjectClass, options, middleware: loaded, decode: decoder };
}

/**
 * Middleware first: if it throws, no consumer is left without a shutdown.
 * @throws ConsumerError `CONSUMER_CONSTRUCTION_FAILED`; ConfigurationError `CONSUMER_INVALID`
 */
export function construct<Subject extends Consuming<Called>, Called extends Call>(
  { subjectClass, middleware }: ConsumerParts<Subject>,
  context: ConsumerContext,
  written: string,
): ConstructedConsumer<Subject, Called> {
  let made: Subject | undefined;
  const consume: Handler<Called[1], Called[0]> = (amqp, received) => made?.consume(amqp, received);
  const handler = middleware.length === 0 ? undefined : chain(consume, middleware, context);
  try {
    made = new subjectClass(context);
    return { consumer: made, handler };
  } catch (error) {
    const cause = shown(error);
    const why = `the constructor of ${written} threw: ${messageOf(cause)}`;
    throw new ConsumerError('CONSUMER_CONSTRUCTION_FAILED', why, { cause });
  }
}
