import type { Consumer, ConsumerClass, ConsumerContext, Handler } from '../src/consumer-api/index.js';
import { ConfigurationError, ConsumerError } from '../src/errors/index.js';
import type { SlotSpec } from '../src/protocol/index.js';
import { shown } from './consumer-shutdown.js';
import type { DecoderLoader } from './decoder-loader.js';
import type { Decode } from './json-decoder.js';
import { chain, type LoadedMiddleware } from './middleware-chain.js';
import type { ModuleLoader } from './module-loader.js';

/** What the instances of an entry are made of. */
export interface ConsumerParts {
  readonly consumerClass: ConsumerClass;
  readonly middleware: readonly LoadedMiddleware[];
  /** Outermost of all; absent: messages are taken as they come. */
  readonly decode?: Decode;
}

/** Where the parts of one thread's instances come from. */
export interface PartLoaders {
  readonly modules: ModuleLoader;
  readonly decoders: DecoderLoader;
}

/** An instance of the user's class with what stands around it. */
export interface ConstructedConsumer {
  readonly consumer: Consumer;
  /** The middleware around `consume`; undefined where there is none: then `consume` is called itself. */
  readonly handler: Handler | undefined;
}

/** Loads what an entry names. @throws ConfigurationError, which for all but the class says where in the file it stands */
export async function loadParts(
  { reference, middleware = [], decode }: SlotSpec,
  { modules, decoders }: PartLoaders,
): Promise<ConsumerParts> {
  const consumerClass = await modules.consumerClass(reference);
  const loaded: LoadedMiddleware[] = [];
  for (const spec of middleware) {
    loaded.push({ spec, factory: await at(spec.path, () => modules.middleware(spec)) });
  }
  if (decode === undefined) return { consumerClass, middleware: loaded };
  const decoder = await at(decode.json.schema?.path ?? '', () => decoders.decoder(decode));
  return { consumerClass, middleware: loaded, decode: decoder };
}

/**
 * Makes an instance. Its middleware comes first: one that throws then leaves no consumer behind that nobody shuts down.
 * @throws ConsumerError `CONSUMER_CONSTRUCTION_FAILED`; ConfigurationError `CONSUMER_INVALID`
 */
export function construct(
  { consumerClass, middleware }: ConsumerParts,
  context: ConsumerContext,
  written: string,
): ConstructedConsumer {
  let made: Consumer | undefined;
  const consume: Handler = (amqp, message) => made?.consume(amqp, message);
  const handler = middleware.length === 0 ? undefined : chain(consume, middleware, context);
  try {
    made = new consumerClass(context);
    return { consumer: made, handler };
  } catch (error) {
    const cause = shown(error);
    const why = `the constructor of ${written} threw: ${cause.message}`;
    throw new ConsumerError('CONSUMER_CONSTRUCTION_FAILED', why, { cause });
  }
}

async function at<Part>(path: string, load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(error.code, `${path}: ${error.message}`, { cause: error.cause });
  }
}
