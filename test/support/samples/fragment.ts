import { dirname, join } from 'node:path';
import { CORE_SCHEMA, dump, load } from 'js-yaml';

/** Keys of the whole file; other keys of a fragment belong to a queue or to a consumer entry. */
const OF_FILE =
  /^(include|consumers|queues|exchanges|connection|resource_limits|threads|http|tracing|control|summary|startup_\w+|x-.*)$/;
const OF_QUEUE = /^(queue|bindings|durable|passive|exclusive|auto_delete|x_\w+)$/;
const STUB_CONSUMER = '- consumer: ./stub.js:Stub\n    queue: stub\n';

/** Completes a fragment of a configuration by the required keys that it lacks. Keeps no line numbers. */
export function completed(fragment: string): string {
  const value: unknown = load(fragment, { schema: CORE_SCHEMA });
  if (Array.isArray(value)) return completed(`${listKey(value)}:\n${indented(fragment, '  ')}`);
  const keys = Object.keys(isMapping(value) ? value : {});
  if (keys.every((key) => OF_FILE.test(key))) {
    return keys.some((key) => key === 'consumers' || key === 'include')
      ? fragment
      : `${fragment}\nconsumers:\n  ${STUB_CONSUMER}`;
  }
  if (keys.every((key) => OF_QUEUE.test(key)) && keys.length > 0) {
    return completed(
      `queues:\n  - ${keys.includes('queue') ? '' : 'queue: stub\n    '}${indented(fragment, '    ').trim()}\n`,
    );
  }
  return `consumers:\n  ${STUB_CONSUMER}${indented(fragment, '    ')}`;
}

function listKey(list: readonly unknown[]): string {
  const [first] = list;
  if (!isMapping(first)) throw new Error('a fragment that is a list needs mappings');
  return ['consumer', 'queue', 'exchange'].find((key) => key in first)?.concat('s') ?? 'consumers';
}

function indented(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}

/** A certificate and its key in PEM, for fragments with `connection.tls`. */
export interface StubPem {
  readonly certificate: string;
  readonly key: string;
}

/** Files that a fragment names, with a minimal content that passes `--validate`. */
export function stubsFor(configuration: string, pem: StubPem): Map<string, string> {
  const stubs = new Map<string, string>();
  const add = (path: string, text: string): void => {
    const name = join(path);
    stubs.set(name, `${stubs.get(name) ?? ''}${text}`);
  };
  walk(load(configuration, { schema: CORE_SCHEMA }), (key, text) => {
    const [path = '', name = 'default'] = text.split(':');
    if (!path.startsWith('./')) return;
    if (key === 'consumer') add(path, `export class ${name} { consume() {} }\n`);
    else if (key === 'middleware') add(path, `export const ${name} = (next) => next;\n`);
    else if (key === 'startup_handler') add(path, `export function ${name}() {}\n`);
    else if (key === 'schema') add(path, '{}\n');
    else if (key === 'target')
      add(path, "import { Writable } from 'node:stream';\nexport default () => new Writable();\n");
    else if (key === 'ca' || key === 'certificate') add(path, pem.certificate);
    else if (key === 'key') add(path, pem.key);
    else if (key === 'include') addInclude(path.replaceAll('*', 'stub'));
  });
  return stubs;

  function addInclude(path: string): void {
    const up =
      join(path)
        .split('/')
        .map(() => '')
        .slice(1)
        .map(() => '../')
        .join('') || './';
    const queue = `stub-${join(path).replace(/\W/g, '-')}`;
    add(
      join(dirname(path), path.split('/').at(-1) ?? ''),
      dump({ consumers: [{ consumer: `${up}stub.js:Stub`, queue }] }),
    );
    stubs.set('stub.js', 'export class Stub { consume() {} }\n');
  }
}

/** Visits every text with the key of the mapping that it is in; the entries of a list have the list's key. */
export function walk(value: unknown, visit: (key: string, text: string) => void, key = ''): void {
  if (typeof value === 'string') visit(key, value);
  else if (Array.isArray(value)) for (const each of value) walk(each, visit, key);
  else if (isMapping(value)) for (const [name, each] of Object.entries(value)) walk(each, visit, name);
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
