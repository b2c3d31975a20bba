import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError, nearestWord } from '../../src/errors/index.js';

const EXTENSIONS = ['.js', '.mjs', '.cjs', '.ts'];

/**
 * Finds a path from the YAML file's folder, a package installed there, or the Python original's dotted form
 * (`workers.email` is `workers/email.js`), also in the working directory, which is on Python's path.
 * @throws ConfigurationError `CONSUMER_MODULE_NOT_FOUND`
 */
export function findModule(module: string, baseDir: string, workingDir: string = process.cwd()): string {
  if (module.startsWith('file:')) return existing(fileURLToPath(module)) ?? notFound(module, [fileURLToPath(module)]);
  if (module.startsWith('.') || isAbsolute(module)) {
    const path = resolve(baseDir, module);
    return existing(path) ?? notFound(module, withExtensions(path), nearbyFile(module, path));
  }
  const dotted = module.replaceAll('.', '/');
  const paths = [...new Set([resolve(baseDir, dotted), resolve(workingDir, dotted)])];
  const found = findPackage(module, baseDir) ?? paths.map(existing).find((path) => path !== undefined);
  return (
    found ??
    notFound(
      module,
      [`the package ${module} from ${baseDir}`, ...paths.flatMap(withExtensions)],
      withoutDot(module, baseDir),
    )
  );
}

function withExtensions(path: string): string[] {
  if (EXTENSIONS.includes(extname(path))) return [path];
  const extended = EXTENSIONS.map((extension) => path + extension);
  return extname(path) === '' ? extended : [path, ...extended];
}

function existing(path: string): string | undefined {
  return withExtensions(path).find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
}

function findPackage(name: string, baseDir: string): string | undefined {
  try {
    const path = createRequire(join(baseDir, 'configuration')).resolve(name);
    return isAbsolute(path) ? path : undefined;
  } catch {
    return findEsmOnlyPackage(name, baseDir);
  }
}

/** `require.resolve` misses packages that export only `import`. */
function findEsmOnlyPackage(name: string, baseDir: string): string | undefined {
  const [, root = '', subpath = ''] = /^(@[^/]+\/[^/]+|[^/]+)(\/.*)?$/.exec(name) ?? [];
  for (let folder = baseDir; ; folder = dirname(folder)) {
    const packageFile = join(folder, 'node_modules', root, 'package.json');
    if (root !== '' && existsSync(packageFile)) {
      const manifest: { exports?: unknown } = JSON.parse(readFileSync(packageFile, 'utf8'));
      const target = exportTarget(manifest.exports, `.${subpath}`);
      return target === undefined ? undefined : join(dirname(packageFile), target);
    }
    if (dirname(folder) === folder) return undefined;
  }
}

function exportTarget(exports: unknown, subpath: string): string | undefined {
  if (typeof exports === 'string') return subpath === '.' ? exports : undefined;
  if (typeof exports !== 'object' || exports === null) return undefined;
  const entries = new Map<string, unknown>(Object.entries(exports));
  if (entries.has(subpath)) return exportTarget(entries.get(subpath), '.');
  for (const condition of ['import', 'node', 'default']) {
    const target = exportTarget(entries.get(condition), subpath);
    if (target !== undefined) return target;
  }
  return undefined;
}

/** A path without `./` is the name of a package. */
function withoutDot(module: string, baseDir: string): string | undefined {
  const path = resolve(baseDir, module);
  if (existing(path) !== undefined) return `./${module}`;
  return module.includes('/') ? nearbyFile(`./${module}`, path) : undefined;
}

/** A file beside the missing one whose name is nearly the same. */
function nearbyFile(module: string, path: string): string | undefined {
  const folder = dirname(path);
  const names = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  const modules = names.filter((name) => EXTENSIONS.includes(extname(name)) && !name.endsWith('.d.ts'));
  const near = nearestWord(basename(path), modules);
  return near === undefined ? undefined : `${module.slice(0, module.length - basename(path).length)}${near}`;
}

function notFound(module: string, tried: readonly string[], meant?: string): never {
  const advice = meant === undefined ? '' : `, did you mean "${meant}"?`;
  throw new ConfigurationError(
    'CONSUMER_MODULE_NOT_FOUND',
    `module "${module}" was not found (looked for ${tried.join(', ')})${advice}`,
  );
}
