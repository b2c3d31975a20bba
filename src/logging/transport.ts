import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PINO_FILE = 'pino/file';
/** Modules that open a file themselves, from the option `destination`. */
const OPENS_FILES: readonly string[] = [PINO_FILE, 'pino-pretty'];

type Step = string | number;
type Options = Readonly<Record<string, unknown>>;

export interface Target {
  readonly path: readonly Step[];
  readonly target: string;
  readonly options?: Options | undefined;
}

interface Stage {
  readonly target: string;
  readonly options?: Options;
}
type Branch = (Stage | { readonly pipeline: Stage[] }) & { readonly level?: string };

/** `transport` of pino's options, in the forms that a file can express. */
export type Transport = Stage | { readonly pipeline: Stage[] } | { readonly targets: readonly Branch[] };

export interface TransportFault {
  readonly path: readonly Step[];
  readonly message: string;
}

export function targetsOf(transport: Transport): readonly Target[] {
  const path = ['transport'];
  if (!('targets' in transport)) return stagesOf(transport, path);
  return transport.targets.flatMap((branch, index) => stagesOf(branch, [...path, 'targets', index]));
}

/** Replaces each module's name by an address that pino can load. */
export function withAddresses(transport: Transport, locate: (target: string) => string): Transport {
  if (!('targets' in transport)) return locatedBranch(transport, locate);
  return { targets: transport.targets.map((branch) => locatedBranch(branch, locate)) };
}

/**
 * Resolves a target's module: paths relative to the logging file's folder; packages from that folder, the working
 * directory, or the daemon. Otherwise returns where it looked.
 */
export function locateTarget(
  target: string,
  baseDir: string,
  workingDir: string = process.cwd(),
): { readonly address: string; readonly file?: string } | { readonly tried: readonly string[] } {
  if (target === PINO_FILE) return { address: PINO_FILE };
  const isPath = target.startsWith('.') || target.startsWith('file:') || isAbsolute(target);
  if (isPath) {
    const file = target.startsWith('file:') ? fileURLToPath(target) : resolve(baseDir, target);
    return isFile(file) ? at(file) : { tried: [file] };
  }
  const folders = [...new Set([baseDir, workingDir])];
  for (const from of [...folders.map((folder) => join(folder, 'logging')), import.meta.url]) {
    try {
      return at(createRequire(from).resolve(target));
    } catch {
      // try the next folder
    }
  }
  const tried = folders.map((folder) => `the package ${target} from ${folder}`);
  return { tried: isFile(resolve(baseDir, target)) ? [...tried, `not for ./${target}, which exists`] : tried };
}

/** Reports an unusable destination without opening it. */
export function destinationFault({ target, path, options }: Target): TransportFault | undefined {
  const destination = options?.['destination'];
  if (!OPENS_FILES.includes(target) || typeof destination !== 'string' || options?.['mkdir'] === true) return undefined;
  const file = resolve(destination);
  const where = [...path, 'options', 'destination'];
  if (isFolder(file)) return { path: where, message: `${file} is a folder (expected a file)` };
  const folder = dirname(file);
  if (isFolder(folder)) return undefined;
  return { path: where, message: `the folder ${folder} does not exist (expected one that does, or mkdir: true)` };
}

function stagesOf(branch: Branch, path: readonly Step[]): readonly Target[] {
  if (!('pipeline' in branch)) return [{ path, target: branch.target, options: branch.options }];
  return branch.pipeline.map(({ target, options }, index) => ({ path: [...path, 'pipeline', index], target, options }));
}

function locatedBranch<Where extends Branch>(branch: Where, locate: (target: string) => string): Where {
  const stage = (each: Stage): Stage => ({ ...each, target: locate(each.target) });
  if ('pipeline' in branch) return { ...branch, pipeline: branch.pipeline.map(stage) };
  return { ...branch, target: locate(branch.target) };
}

function at(file: string): { readonly address: string; readonly file: string } {
  return { address: pathToFileURL(file).href, file };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
