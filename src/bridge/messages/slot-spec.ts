/** Where a class or function comes from: a module as the file names it, and one of its exports. */
export interface ModuleReference {
  /** A path, a package name, or the original's dotted form; not yet resolved. */
  readonly module: string;
  /** `null` is the default export. */
  readonly exportName: string | null;
  /** Absolute folder that the module is resolved from; absent: the folder of the configuration file. */
  readonly baseDir?: string;
}

/** A function around `consume`. */
export interface MiddlewareSpec extends ModuleReference {
  /** Where the file names it, for messages: `consumers[0].middleware[1]`. */
  readonly path: string;
}

/** What a message must be before a consumer sees it. */
export interface DecodePlan {
  readonly json: {
    /** A file, absolute, and where the configuration names it. Absent: any JSON. */
    readonly schema?: { readonly file: string; readonly path: string };
  };
}

/** One place of a consumer instance. */
export interface SlotSpec {
  readonly slot: number;
  /** Where the file names the entry, for messages: `consumers[0]`. */
  readonly path: string;
  readonly reference: ModuleReference;
  /** The reference as written in the file, for messages. */
  readonly consumer: string;
  readonly name: string;
  readonly queue: string;
  readonly consumerTag: string;
  readonly instance: number;
  /** Milliseconds that `shutdown()` may take. */
  readonly shutdownTimeoutMs: number;
  /** Messages that its consumer is called with at most; absent: it is called with one message, which is no batch. */
  readonly batchSize?: number;
  readonly options: Readonly<Record<string, unknown>>;
  /** The outermost first; absent for none. */
  readonly middleware?: readonly MiddlewareSpec[];
  /** Absent: messages are taken as they come. */
  readonly decode?: DecodePlan;
}
