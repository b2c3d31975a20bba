import { isRecord } from '../../support/json-record.js';

/** Held weakly, an object is not held at all. */
const WEAK = 'weak';
const OBJECT = 'object';
/** Further steps, towards the root, are left out. */
const LONGEST_PATH = 40;

/** The numbers of each node or edge, and what they mean. */
interface Layout {
  readonly fields: readonly string[];
  readonly types: readonly string[];
}

/** Who holds what in a heap snapshot of V8. */
export class HeapGraph {
  private readonly nodes: readonly number[];
  private readonly edges: readonly number[];
  private readonly strings: readonly string[];
  private readonly node: Layout;
  private readonly edge: Layout;
  /** By node: the first edge that leads to it on a shortest way from the roots, and where that edge starts. */
  private readonly edgeTo: Int32Array;
  private readonly from: Int32Array;

  /** @throws TypeError for any other text */
  constructor(text: string) {
    const parsed: unknown = JSON.parse(text);
    const meta = fieldOf(fieldOf(parsed, 'snapshot'), 'meta');
    this.nodes = numbersOf(parsed, 'nodes');
    this.edges = numbersOf(parsed, 'edges');
    this.strings = textsOf(fieldOf(parsed, 'strings'));
    this.node = layoutOf(meta, 'node');
    this.edge = layoutOf(meta, 'edge');
    const count = this.nodes.length / this.node.fields.length;
    this.edgeTo = new Int32Array(count).fill(-1);
    this.from = new Int32Array(count).fill(-1);
    this.walk();
  }

  /** The shortest way from a root to each object of this class, as `Timeout._onTimeout → context.wire → Wire`. */
  pathsTo(className: string): string[] {
    const paths: string[] = [];
    for (let node = 0; node < this.from.length; node++) {
      if (this.typeOf(node) === OBJECT && this.nameOf(node) === className && this.from[node] !== -1)
        paths.push(this.pathTo(node));
    }
    return paths;
  }

  /** Breadth first, so that the first way to a node is a shortest one. */
  private walk(): void {
    const starts = this.firstEdges();
    const queue = [0];
    this.from[0] = 0;
    for (let next = 0; next < queue.length; next++) {
      const node = queue[next] ?? 0;
      for (let edge = starts[node] ?? 0; edge < (starts[node + 1] ?? 0); edge++) {
        const to = this.edgeField(edge, 'to_node') / this.node.fields.length;
        if (this.from[to] !== -1 || this.edge.types[this.edgeField(edge, 'type')] === WEAK) continue;
        this.from[to] = node;
        this.edgeTo[to] = edge;
        queue.push(to);
      }
    }
  }

  private firstEdges(): Int32Array {
    const starts = new Int32Array(this.from.length + 1);
    for (let node = 0; node < this.from.length; node++) {
      starts[node + 1] = (starts[node] ?? 0) + this.nodeField(node, 'edge_count');
    }
    return starts;
  }

  private pathTo(target: number): string {
    const steps: string[] = [this.nameOf(target)];
    for (let node = target; node !== 0 && steps.length < LONGEST_PATH; node = this.from[node] ?? 0) {
      const holder = this.from[node] ?? 0;
      if (holder !== 0) steps.unshift(`${this.nameOf(holder)}.${this.edgeName(this.edgeTo[node] ?? 0)}`);
    }
    return steps.join(' → ');
  }

  private edgeName(edge: number): string {
    const type = this.edge.types[this.edgeField(edge, 'type')];
    const name = this.edgeField(edge, 'name_or_index');
    return type === 'element' || type === 'hidden' ? `[${name}]` : (this.strings[name] ?? '?');
  }

  private nameOf(node: number): string {
    return this.strings[this.nodeField(node, 'name')]?.slice(0, 60) ?? '?';
  }

  private typeOf(node: number): string | undefined {
    return this.node.types[this.nodeField(node, 'type')];
  }

  private nodeField(node: number, field: string): number {
    return this.nodes[node * this.node.fields.length + this.node.fields.indexOf(field)] ?? 0;
  }

  private edgeField(edge: number, field: string): number {
    return this.edges[edge * this.edge.fields.length + this.edge.fields.indexOf(field)] ?? 0;
  }
}

function layoutOf(meta: unknown, kind: 'node' | 'edge'): Layout {
  const types = fieldOf(meta, `${kind}_types`);
  return { fields: textsOf(fieldOf(meta, `${kind}_fields`)), types: textsOf(Array.isArray(types) ? types[0] : types) };
}

function fieldOf(value: unknown, name: string): unknown {
  if (!isRecord(value) || !(name in value)) throw new TypeError(`this is no heap snapshot: it has no ${name}`);
  return value[name];
}

function numbersOf(value: unknown, name: string): readonly number[] {
  const found = fieldOf(value, name);
  if (!isNumbers(found)) throw new TypeError(`this is no heap snapshot: its ${name} are no numbers`);
  return found;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && typeof value[0] === 'number';
}

function textsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError('this is no heap snapshot: a list of texts is missing');
  return value.map(String);
}
