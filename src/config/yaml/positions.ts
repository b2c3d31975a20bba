import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { Path, Position } from '../problem.js';
import { DEEPEST_NESTING, MOST_VALUES, mostValues } from './document-limits.js';
import { LineIndex } from './line-index.js';

/** A problem that only the parser's events reveal. */
export interface StructuralFault {
  readonly path: Path;
  readonly offset: number;
  readonly message: string;
}

/** A plain scalar that is a value. */
export interface PlainScalar {
  readonly path: Path;
  readonly offset: number;
  readonly text: string;
}

interface Place {
  /** Offset of the value, or of its alias. */
  readonly value: number;
  readonly key: number | undefined;
}

/** A line may be as long as the file, and each value of it may be asked for. */
const LONGEST_WRITTEN = 1_000;

/** What an alias of a value adds to the document. */
interface Weight {
  readonly values: number;
  readonly levels: number;
}

const SCALAR_WEIGHT: Weight = { values: 1, levels: 0 };

interface OpenCollection {
  readonly kind: 'document' | 'sequence' | 'mapping';
  readonly path: Path;
  readonly seen: Map<string, number>;
  readonly anchor: string | undefined;
  /** `values` of the document before this one. */
  readonly before: number;
  /** Levels below this one, aliases written out. */
  levels: number;
  index: number;
  /** The key whose value comes next; undefined when a key comes next. */
  pending: { readonly step: string | undefined; readonly offset: number } | undefined;
}

/**
 * Locates every part of a YAML text. Parts that came through an alias or a merge key have the position of their parent.
 */
export class Positions {
  readonly faults: StructuralFault[] = [];
  readonly plainScalars: PlainScalar[] = [];
  /** Why the document is too large; the parts after that point have no position. */
  excess: StructuralFault | undefined;
  /** Keys and values, with aliases written out. */
  values = 0;
  readonly #places = new Map<string, Place>();
  readonly #lines: LineIndex;
  readonly #text: string;
  readonly #open: OpenCollection[] = [];
  readonly #anchors = new Map<string, Weight>();
  /** Keys and values as written, each alias as one. */
  #written = 0;
  readonly #mostValues: number;
  #documents = 0;
  #lastOffset = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#lines = new LineIndex(text);
    this.#mostValues = mostValues(events.length);
    for (const event of events) {
      this.#enter(event);
      if (this.excess !== undefined) break;
    }
  }

  /** The position of the value at a path, or of its nearest parent. */
  of(path: Path): Position {
    return this.#find(path, (place) => place.value);
  }

  /** The position of the key at a path; otherwise like `of`. */
  ofKey(path: Path): Position {
    return this.#find(path, (place) => place.key ?? place.value);
  }

  /** The text of the value at a path as written, up to the end of its line. */
  written(path: Path): string {
    const place = this.#places.get(identify(path));
    if (place === undefined) return '';
    const offset = place.key ?? place.value;
    const [line = ''] = this.#text.slice(offset, offset + LONGEST_WRITTEN).split(/[\r\n]/, 1);
    return line.replace(place.key === undefined ? /^-\s*/ : /^("[^"]*"|'[^']*'|[^:]*):\s*/, '');
  }

  at(offset: number): Position {
    return this.#lines.at(offset);
  }

  #find(path: Path, offsetOf: (place: Place) => number): Position {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(identify(path.slice(0, length)));
      if (place !== undefined) return this.at(length === path.length ? offsetOf(place) : place.value);
    }
    return { line: 1, column: 1 };
  }

  #enter(event: Event): void {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        this.#documents++;
        this.#anchors.clear();
        this.#push('document', [], undefined);
        break;
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        const path = this.#place(event.start, undefined);
        this.#weigh(path, event.start, SCALAR_WEIGHT);
        this.#push(event.type === EVENT_ID.SEQUENCE ? 'sequence' : 'mapping', path, this.#anchorOf(event));
        break;
      }
      case EVENT_ID.SCALAR: {
        this.#anchorOf(event);
        const parent = this.#open.at(-1);
        const isKey = parent?.kind === 'mapping' && parent.pending === undefined;
        const text = getScalarValue(this.#text, event);
        const path = this.#place(scalarStart(event), text);
        this.#weigh(path, scalarStart(event), SCALAR_WEIGHT);
        if (!isKey && event.style === SCALAR_STYLE.PLAIN && event.tagStart < 0 && text !== '') {
          this.plainScalars.push({ path, offset: event.valueStart, text });
        }
        break;
      }
      case EVENT_ID.ALIAS: {
        const path = this.#place(event.anchorStart - 1, undefined);
        const anchor = this.#text.slice(event.anchorStart, event.anchorEnd);
        // A value that contains itself has no end, so neither the broker nor a worker could receive it.
        if (this.#open.some((collection) => collection.anchor === anchor) && !this.#anchors.has(anchor)) {
          this.faults.push({
            path,
            offset: event.anchorStart - 1,
            message: `*${anchor} is inside the value it stands for`,
          });
        }
        this.#weigh(path, event.anchorStart - 1, this.#anchors.get(anchor) ?? SCALAR_WEIGHT, anchor);
        break;
      }
      case EVENT_ID.POP: {
        const closed = this.#open.pop();
        const parent = this.#open.at(-1);
        if (closed === undefined) break;
        if (parent !== undefined) parent.levels = Math.max(parent.levels, closed.levels + 1);
        if (closed.anchor !== undefined) {
          this.#anchors.set(closed.anchor, { values: this.values - closed.before + 1, levels: closed.levels + 1 });
        }
        break;
      }
      default:
        event satisfies never;
    }
  }

  /** Counts a node, before anything walks through the document. */
  #weigh(path: Path, offset: number, { values, levels }: Weight, anchor?: string): void {
    this.values += values;
    this.#written++;
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.levels = Math.max(parent.levels, levels);
    const subject = anchor === undefined ? 'is' : `*${anchor} is`;
    const most = this.values === this.#written ? MOST_VALUES : this.#mostValues;
    if (this.values > most) {
      const alias = anchor === undefined ? '' : `*${anchor} `;
      const expanded = this.values === this.#written ? '' : ', with its aliases written out';
      this.excess = { path, offset, message: `${alias}brings the file above ${most} keys and values${expanded}` };
    } else if (this.#open.length - 1 + levels > DEEPEST_NESTING) {
      this.excess = { path, offset, message: `${subject} nested more than ${DEEPEST_NESTING} levels deep` };
    }
  }

  /**
   * Records a node of the open collection and returns its path; `key` is the node's text if it may be a mapping's key.
   */
  #place(start: number, key: string | undefined): Path {
    const parent = this.#open.at(-1);
    if (this.#documents > 1 || parent === undefined) return this.#secondDocument();
    const offset = start < 0 ? (parent.pending?.offset ?? this.#lastOffset) : start;
    this.#lastOffset = offset;
    if (parent.kind === 'mapping' && parent.pending === undefined) return this.#key(parent, offset, key);
    const step = parent.kind === 'sequence' ? parent.index++ : parent.pending?.step;
    const keyOffset = parent.pending?.offset;
    parent.pending = undefined;
    // A value under a complex key or a merge key has no path of its own.
    if (parent.kind === 'mapping' && step === undefined) return [...parent.path, '<<'];
    const path = step === undefined ? parent.path : [...parent.path, step];
    this.#places.set(identify(path), { value: offset, key: keyOffset });
    return path;
  }

  #key(parent: OpenCollection, offset: number, key: string | undefined): Path {
    const step = key === '<<' ? undefined : key;
    parent.pending = { step, offset };
    if (step === undefined) return [...parent.path, '<<'];
    const path = [...parent.path, step];
    const first = parent.seen.get(step);
    if (first !== undefined) {
      const message = `is given twice; the first is on line ${this.at(first).line}`;
      this.faults.push({ path, offset, message });
    } else parent.seen.set(step, offset);
    if (step === '__proto__') this.faults.push({ path, offset, message: 'cannot be used as a key' });
    return path;
  }

  #secondDocument(): Path {
    const message = 'is a second YAML document; one file holds one configuration';
    const offset = this.#text.indexOf('\n---', this.#lastOffset) + 1;
    if (!this.faults.some((fault) => fault.message === message)) this.faults.push({ path: [], offset, message });
    return [];
  }

  #push(kind: OpenCollection['kind'], path: Path, anchor: string | undefined): void {
    const before = this.values;
    this.#open.push({ kind, path, anchor, seen: new Map(), before, levels: 0, index: 0, pending: undefined });
  }

  #anchorOf(event: { anchorStart: number; anchorEnd: number; type: number }): string | undefined {
    if (event.anchorStart < 0) return undefined;
    const anchor = this.#text.slice(event.anchorStart, event.anchorEnd);
    if (event.type === EVENT_ID.SCALAR) this.#anchors.set(anchor, SCALAR_WEIGHT);
    else this.#anchors.delete(anchor);
    return anchor;
  }
}

function scalarStart(event: ScalarEvent): number {
  const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  return quoted ? event.valueStart - 1 : event.valueStart;
}

function identify(path: Path): string {
  return JSON.stringify(path);
}
