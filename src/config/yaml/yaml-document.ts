import { isUtf8 } from 'node:buffer';
import { CORE_SCHEMA, constructFromEvents, mergeTag, parseEvents, YAMLException } from 'js-yaml';
import { messageOf } from '../../errors/index.js';
import { formatPath, type Path, type Position, type Problem } from '../problem.js';
import { dialectWarning } from './dialect.js';
import { DEEPEST_NESTING, LARGEST_FILE_BYTES, readBounded, TOO_LARGE } from './document-limits.js';
import { LineIndex } from './line-index.js';
import { Positions } from './positions.js';
import { TEMPLATE_TAGS } from './template-tags.js';
import { swallowedBracket, templateIn, trapOnLine } from './yaml-trap.js';

/** The content of a YAML (or JSON) file. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  readonly positions: Places;
  /** Problems found while reading, such as duplicate keys; `value` is then only one of several readings. */
  readonly problems: readonly Problem[];
  /** Plain scalars that YAML 1.1 reads differently. */
  readonly warnings: readonly Problem[];
}

/** Where the parts of a document stand. */
export interface Places {
  /** The position of the value at a path, or of its nearest parent. */
  of(path: Path): Position;
  /** The position of the key at a path; otherwise like `of`. */
  ofKey(path: Path): Position;
  /** The text of the value at a path as written, up to the end of its line. */
  written(path: Path): string;
}

/** How to read a file. */
export interface YamlOptions {
  /** Construct a `Template` for each value that contains `${`; default: false. */
  readonly templates?: boolean;
}

/** A document, or the reasons why there is none. */
export type YamlReading =
  | {
      readonly ok: true;
      readonly document: YamlDocument;
      /** Keys and values, with aliases written out. */
      readonly values: number;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** YAML 1.2 (`yes` is text, not true) plus merge keys, which the original program's YAML 1.1 had. */
const SCHEMA = CORE_SCHEMA.withTags(mergeTag);
const TEMPLATE_SCHEMA = SCHEMA.withTags(TEMPLATE_TAGS);

/** Reads a file as one YAML document; reports problems as values. */
export function readYamlFile(file: string, options: YamlOptions = {}): YamlReading {
  let bytes: Buffer | undefined;
  try {
    bytes = readBounded(file);
  } catch (thrown) {
    return failure(file, { line: 1, column: 1 }, describeReadFailure(thrown));
  }
  return bytes === undefined ? tooLarge(file) : parseYaml(file, bytes, options);
}

/** Parses bytes as one YAML document; `file` names it in problems. */
export function parseYaml(file: string, bytes: Uint8Array, { templates = false }: YamlOptions = {}): YamlReading {
  if (bytes.byteLength > LARGEST_FILE_BYTES) return tooLarge(file);
  if (!isUtf8(bytes)) return failure(file, firstNonUtf8(bytes), 'is not UTF-8 text');
  const source = new TextDecoder().decode(bytes);
  try {
    const events = parseEvents(source, { maxDepth: DEEPEST_NESTING });
    const positions = new Positions(source, events);
    const { excess } = positions;
    if (excess !== undefined)
      return failure(file, positions.at(excess.offset), excess.message, formatPath(excess.path));
    const problems = positions.faults.map(({ path, offset, message }) => ({
      file,
      ...positions.at(offset),
      path: formatPath(path),
      message: path.length === 0 ? `this ${message}` : message,
    }));
    // `json` lets the last duplicate key win, so that the file's other problems show as well.
    const schema = templates ? TEMPLATE_SCHEMA : SCHEMA;
    const [value = null] = constructFromEvents(events, { source, schema, json: problems.length > 0 });
    const warnings = positions.plainScalars.flatMap((scalar) => dialectWarning(file, scalar, positions));
    return { ok: true, document: { file, value, positions, problems, warnings }, values: positions.values };
  } catch (thrown) {
    if (!(thrown instanceof YAMLException)) {
      return failure(file, { line: 1, column: 1 }, `the file cannot be read as YAML: ${messageOf(thrown)}`);
    }
    const [position, message] = describeSyntaxError(source, thrown);
    const excerpt = source.split(/\r\n?|\n/)[position.line - 1];
    return failure(file, position, message, '', excerpt);
  }
}

/** The search for a cause takes time that grows with the square of a line's length. */
const LONGEST_LINE = 300;

/** Uses the parser's own words unless they point away from the cause. */
function describeSyntaxError(source: string, { mark, reason }: YAMLException): [Position, string] {
  const offset = mark?.position ?? 0;
  const lines = new LineIndex(source);
  const position = lines.at(offset);
  const start = offset - position.column + 1;
  const [line = ''] = source.slice(start, start + LONGEST_LINE).split(/[\r\n]/, 1);
  const tab = /^ *\t/.exec(line);
  if (tab !== null) {
    return [{ line: position.line, column: tab[0].length }, 'is not valid YAML: a tab cannot indent, only spaces can'];
  }
  if (reason.includes('maxDepth')) return [position, `is nested more than ${DEEPEST_NESTING} levels deep`];
  if (reason.includes('complex keys')) {
    const template = templateIn(source);
    const what = 'has a list or mapping as a key, where only text can be one';
    return template === undefined ? [position, what] : [lines.at(template.offset), `${what} (${template.trap})`];
  }
  const trap = trapOnLine(line);
  if (trap !== undefined) {
    const swallowed = trap.trap.startsWith('#') ? { ...position, column: trap.offset + 1 } : position;
    return [swallowed, `is not valid YAML: ${reason} (${trap.trap})`];
  }
  // The parser notices a missing bracket only where the list should have ended, perhaps many lines below.
  const swallowed = swallowedBracket(source.slice(0, offset));
  if (swallowed !== undefined) return [lines.at(swallowed.offset), `is not valid YAML: ${reason} (${swallowed.trap})`];
  return [position, `is not valid YAML: ${reason}`];
}

function tooLarge(file: string): YamlReading {
  return failure(file, { line: 1, column: 1 }, `the file ${TOO_LARGE}`);
}

function failure(file: string, position: Position, message: string, path = '', excerpt?: string): YamlReading {
  return {
    ok: false,
    problems: [{ file, ...position, path, message, rule: 'syntax', ...(excerpt !== undefined && { excerpt }) }],
  };
}

function describeReadFailure(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'the file does not exist';
  if (code === 'EISDIR') return 'is a folder, not a file';
  if (code === 'EACCES' || code === 'EPERM') return 'the file may not be read (permission denied)';
  return `the file cannot be read: ${messageOf(thrown)}`;
}

/** A line break is never part of a longer UTF-8 sequence, so each line can be checked on its own. */
function firstNonUtf8(bytes: Uint8Array): Position {
  let start = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    const content = bytes.subarray(start, end === -1 ? bytes.length : end);
    if (!isUtf8(content)) {
      return { line, column: new TextDecoder('utf-8', { ignoreBOM: true }).decode(content).indexOf('\uFFFD') + 1 };
    }
    if (end === -1) return { line, column: 1 };
    start = end + 1;
  }
}
