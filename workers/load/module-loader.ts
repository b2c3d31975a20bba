import { basename, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ModuleReference, type StartStep, startStep } from '../../src/bridge/index.js';
import type {
  BatchConsumerClass,
  ConsumerClass,
  ShutdownHandler,
  StartupHandler,
} from '../../src/consumer-api/index.js';
import { ConfigurationError, messageOf, nearestWord } from '../../src/errors/index.js';
import type { MiddlewareFactory } from '../instance/middleware-chain.js';
import { findModule } from './module-path.js';
import { isCallable, isClass, isFunction, kindOf, nameOf, type UserFunction } from './user-export.js';

const SHUTDOWN = 'shutdown';

/** A startup handler and what its module exports beside it. */
export interface StartupExports {
  readonly startup: StartupHandler;
  /** Undoes it; absent: nothing does. */
  readonly shutdown?: ShutdownHandler;
  /** A function that is probably meant to be `shutdown`. */
  readonly misnamed?: string;
}

/** Loads user code, in worker threads only. */
export class ModuleLoader {
  private readonly baseDir: string;
  private readonly onStep: (step: StartStep) => void;

  /** @param onStep called before user code, which may hang */
  constructor(baseDir: string, onStep: (step: StartStep) => void = () => undefined) {
    this.baseDir = baseDir;
    this.onStep = onStep;
  }

  /**
   * @throws ConfigurationError `CONSUMER_MODULE_NOT_FOUND`, `CONSUMER_MODULE_FAILED`, `CONSUMER_EXPORT_MISSING`,
   * `CONSUMER_INVALID`
   */
  async consumerClass(reference: ModuleReference): Promise<ConsumerClass> {
    return this.classOf(reference, isConsumerClass);
  }

  /** @throws as `consumerClass` does */
  async batchConsumerClass(reference: ModuleReference): Promise<BatchConsumerClass> {
    return this.classOf(reference, isBatchConsumerClass);
  }

  /** @throws as `consumerClass` does */
  async startupHandler(reference: ModuleReference): Promise<StartupExports> {
    const module = await this.import(reference);
    const startup = callable<StartupHandler>(pick(module, reference), reference, 'the startup handler');
    // The handler itself may have this name.
    if (reference.exportName === SHUTDOWN) return { startup };
    const exported = exportOf(module, SHUTDOWN);
    if (exported === undefined) {
      const misnamed = misnamedShutdown(module, reference);
      return { startup, ...(misnamed !== undefined && { misnamed }) };
    }
    const shutdown = callable<ShutdownHandler>(
      exported,
      { ...reference, exportName: SHUTDOWN },
      'which undoes the startup handler',
    );
    return { startup, shutdown };
  }

  /** @throws as `consumerClass` does */
  async middleware(reference: ModuleReference): Promise<MiddlewareFactory> {
    return callable<MiddlewareFactory>(await this.load(reference), reference, '(next) => (amqp, message) => …');
  }

  /** For pino, which calls it in a thread of its own. @throws as `consumerClass` does */
  async logTransport(reference: ModuleReference): Promise<UserFunction> {
    return callable<UserFunction>(await this.load(reference), reference, '(options) => a stream');
  }

  private async classOf<Class>(
    reference: ModuleReference,
    isClassOfKind: (value: unknown) => value is Class,
  ): Promise<Class> {
    const exported = await this.load(reference);
    if (isClassOfKind(exported)) return exported;
    throw new ConfigurationError('CONSUMER_INVALID', `${nameOf(reference)} is ${flaw(exported)}`);
  }

  private async load(reference: ModuleReference): Promise<unknown> {
    return pick(await this.import(reference), reference);
  }

  private async import(reference: ModuleReference): Promise<Module> {
    const path = findModule(reference.module, reference.baseDir ?? this.baseDir);
    const { exportName } = reference;
    const wanted = exportName === null ? 'its default export' : `export "${exportName}"`;
    this.onStep(startStep('module', `module "${reference.module}" (${path}, for ${wanted})`));
    try {
      return await import(pathToFileURL(path).href);
    } catch (error) {
      throw new ConfigurationError('CONSUMER_MODULE_FAILED', loadFailure(reference, path, error), { cause: error });
    }
  }
}

type Module = Readonly<Record<string, unknown>>;

function callable<Wanted extends UserFunction>(exported: unknown, reference: ModuleReference, what: string): Wanted {
  if (isCallable<Wanted>(exported)) return exported;
  throw new ConfigurationError(
    'CONSUMER_INVALID',
    `${nameOf(reference)} is ${kindOf(exported)} (expected a function, ${what})`,
  );
}

function loadFailure(reference: ModuleReference, path: string, error: unknown): string {
  const isUnknownExtension = error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION';
  if (isUnknownExtension && extname(path) === '.ts') {
    return (
      `module "${reference.module}" is TypeScript, which Node.js ${process.version} does not load ` +
      '(compile it to JavaScript and name that file, or run Node.js 22.18 or later, which strips types)'
    );
  }
  const name = error instanceof Error ? error.name : 'a non-Error';
  return `module "${reference.module}" failed to load from ${path}: ${name}: ${messageOf(error)}${moduleTypeHint(error)}`;
}

const ES_SYNTAX = /^(?:Unexpected token 'export'|Cannot use import statement outside a module)/;

/** `npm init` of npm 11 writes `"type": "commonjs"`; without a type Node.js detects ES modules by their syntax. */
function moduleTypeHint(error: unknown): string {
  if (!(error instanceof SyntaxError) || !ES_SYNTAX.test(error.message)) return '';
  const file = basename(/^(?:file:\/\/)?(.+):\d+\n/.exec(error.stack ?? '')?.[1] ?? '');
  const stem = basename(file, extname(file));
  if (extname(file) !== '.js') return ` (an ES module: name the file ${stem}.mjs)`;
  return ` (an ES module, and its package.json says "type": "commonjs": name the file ${stem}.mjs, or set "type": "module")`;
}

/** CommonJS `module.exports` is the namespace's default export. */
function pick(module: Module, reference: ModuleReference): unknown {
  const { exportName } = reference;
  const exported = exportName === null ? defaultOf(module) : exportOf(module, exportName);
  if (exported !== undefined || (exportName !== null && exportName in module)) return exported;
  const names = exportNames(module);
  throw new ConfigurationError(
    'CONSUMER_EXPORT_MISSING',
    `module "${reference.module}" has no ${exportName === null ? 'default export' : `export "${exportName}"`} ` +
      `(it exports ${names.length === 0 ? 'nothing' : names.join(', ')})${didYouMean(exportName ?? '', names)}`,
  );
}

function defaultOf(module: Module): unknown {
  const inner = innerOf(module);
  return isObject(inner) && '__esModule' in inner && 'default' in inner ? inner.default : inner;
}

function exportOf(module: Module, name: string): unknown {
  if (name in module) return module[name];
  const inner = innerOf(module);
  return inner !== undefined && name in inner ? Reflect.get(inner, name) : undefined;
}

function innerOf({ default: inner }: Module): object | undefined {
  return isObject(inner) || typeof inner === 'function' ? inner : undefined;
}

function exportNames(module: Module): string[] {
  return Object.keys(module).filter((name) => name !== 'module.exports' && name !== '__esModule');
}

function misnamedShutdown(module: Module, { exportName }: ModuleReference): string | undefined {
  return exportNames(module)
    .filter((name) => name !== 'default' && name !== exportName && isCallable(module[name]))
    .find((name) => nearestWord(name, [SHUTDOWN, 'teardown']) !== undefined);
}

function didYouMean(wanted: string, names: readonly string[]): string {
  const nearest = nearestWord(wanted, names);
  return nearest === undefined ? '' : `, did you mean "${nearest}"?`;
}

/** Nothing shows what its `consume` takes: the file says it. */
function isConsumerClass(value: unknown): value is ConsumerClass {
  return hasConsume(value);
}

function isBatchConsumerClass(value: unknown): value is BatchConsumerClass {
  return hasConsume(value);
}

function hasConsume(value: unknown): boolean {
  if (!isFunction(value)) return false;
  const { prototype } = value;
  return isObject(prototype) && 'consume' in prototype && typeof prototype.consume === 'function';
}

function flaw(value: unknown): string {
  if (!isFunction(value) || !isClass(value)) return `${kindOf(value)} (expected a class with a consume method)`;
  return 'a class without a consume method (expected consume(amqp, message) as a method, not as a field)';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
