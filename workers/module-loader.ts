import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BatchConsumerClass, Consumer, ConsumerClass, StartupHandler } from '../src/consumer-api/index.js';
import { ConfigurationError, messageOf } from '../src/errors/index.js';
import type { ModuleReference } from '../src/protocol/index.js';
import { findModule } from './module-path.js';

/** Loads user code, in a worker thread only, and says in one sentence what is wrong with it. */
export class ModuleLoader {
  private readonly baseDir: string;

  constructor(baseDir: string) {
    this.baseDir = baseDir;
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
  async startupHandler(reference: ModuleReference): Promise<StartupHandler> {
    const exported = await this.load(reference);
    if (isFunction(exported) && !isClass(exported)) return exported;
    throw new ConfigurationError(
      'CONSUMER_INVALID',
      `${describe(reference)} is ${kindOf(exported)} (expected a function, the startup handler)`,
    );
  }

  private async classOf<Class>(
    reference: ModuleReference,
    isClassOfKind: (value: unknown) => value is Class,
  ): Promise<Class> {
    const exported = await this.load(reference);
    if (isClassOfKind(exported)) return exported;
    throw new ConfigurationError('CONSUMER_INVALID', `${describe(reference)} is ${flaw(exported)}`);
  }

  private async load(reference: ModuleReference): Promise<unknown> {
    const path = findModule(reference.module, this.baseDir);
    let module: Record<string, unknown>;
    try {
      module = await import(pathToFileURL(path).href);
    } catch (error) {
      throw new ConfigurationError('CONSUMER_MODULE_FAILED', loadFailure(reference, path, error), { cause: error });
    }
    return pick(module, reference);
  }
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
  return `module "${reference.module}" failed to load from ${path}: ${name}: ${messageOf(error)}`;
}

/** The export of an ES module, or of CommonJS, whose `module.exports` is the default export of the namespace. */
function pick(module: Record<string, unknown>, reference: ModuleReference): unknown {
  const inner = isObject(module.default) || typeof module.default === 'function' ? module.default : undefined;
  const { exportName } = reference;
  if (exportName === null) {
    if (inner !== undefined)
      return isObject(inner) && '__esModule' in inner && 'default' in inner ? inner.default : inner;
  } else {
    if (exportName in module) return module[exportName];
    if (inner !== undefined && exportName in inner) return Reflect.get(inner, exportName);
  }
  const names = Object.keys(module).filter((name) => name !== 'module.exports' && name !== '__esModule');
  throw new ConfigurationError(
    'CONSUMER_EXPORT_MISSING',
    `module "${reference.module}" has no ${exportName === null ? 'default export' : `export "${exportName}"`} ` +
      `(it exports ${names.length === 0 ? 'nothing' : names.join(', ')})`,
  );
}

/** What `consume` takes cannot be seen from outside: the file says of what kind the class is. */
function isConsumerClass(value: unknown): value is ConsumerClass {
  return hasConsume(value);
}

function isBatchConsumerClass(value: unknown): value is BatchConsumerClass {
  return hasConsume(value);
}

function hasConsume(value: unknown): boolean {
  if (!isFunction(value)) return false;
  const prototype: Partial<Consumer> | undefined = value.prototype;
  return isObject(prototype) && typeof prototype.consume === 'function';
}

function flaw(value: unknown): string {
  if (!isFunction(value) || !isClass(value)) return `${kindOf(value)} (expected a class with a consume method)`;
  return 'a class without a consume method (expected consume(amqp, message) as a method, not as a field)';
}

function kindOf(value: unknown): string {
  if (isFunction(value)) return isClass(value) ? 'a class' : 'a function';
  if (value === null || value === undefined) return String(value);
  return isObject(value) ? 'an object' : `a ${typeof value}`;
}

function describe({ module, exportName }: ModuleReference): string {
  return exportName === null ? `the default export of "${module}"` : `export "${exportName}" of "${module}"`;
}

function isFunction(value: unknown): value is StartupHandler & { readonly prototype?: Partial<Consumer> } {
  return typeof value === 'function';
}

function isClass(value: StartupHandler): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
