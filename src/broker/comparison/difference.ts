/** A difference between the file and a live broker. */
export interface Difference {
  readonly severity: 'problem' | 'warning';
  /** The entry in the file: `queues[0]`, `queues[0].bindings[1]`. */
  readonly entry: string;
  /** A key of the entry, or an argument as the broker spells it; absent: the entry as a whole. */
  readonly key?: string;
  /** With the value of the file and that of the broker. */
  readonly message: string;
}
