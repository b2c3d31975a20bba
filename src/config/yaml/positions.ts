import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { Path, Position } from '../problem.js';
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

interface OpenCollection {
  readonly kind: 'document' | 'sequence' | 'mapping';
  readonly path: Path;
  readonly seen: Map<string, number>;
  readonly anchor: string | undefined;
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
  readonly #places = new Map<string, Place>();
  readonly #lines: LineIndex;
  readonly #text: string;
  readonly #open: OpenCollection[] = [];
  readonly #anchors = new Set<string>();
  #documents = 0;
  #lastOffset = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#lines = new LineIndex(text);
    for (const event of events) this.#enter(event);
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
    const line = this.#text.slice(offset).split(/[\r\n]/, 1)[0] ?? '';
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
        this.#push(event.type === EVENT_ID.SEQUENCE ? 'sequence' : 'mapping', path, this.#anchorOf(event));
        break;
      }
      case EVENT_ID.SCALAR: {
        this.#anchorOf(event);
        const parent = this.#open.at(-1);
        const isKey = parent?.kind === 'mapping' && parent.pending === undefined;
        const text = getScalarValue(this.#text, event);
        const path = this.#place(scalarStart(event), text);
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
        break;
      }
      case EVENT_ID.POP: {
        const closed = this.#open.pop();
        if (closed?.anchor !== undefined) this.#anchors.add(closed.anchor);
        break;
      }
      default:
        event satisfies never;
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
    this.#open.push({ kind, path, anchor, seen: new Map(), index: 0, pending: undefined });
  }

  #anchorOf(event: { anchorStart: number; anchorEnd: number; type: number }): string | undefined {
    if (event.anchorStart < 0) return undefined;
    const anchor = this.#text.slice(event.anchorStart, event.anchorEnd);
    if (event.type === EVENT_ID.SCALAR) this.#anchors.add(anchor);
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
