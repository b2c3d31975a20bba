/** A module and its export, as the file names them. */
export interface ModuleReference {
  /** A path, a package, or the original's dotted form. */
  readonly module: string;
  /** `null`: the default export. */
  readonly exportName: string | null;
  /** Absolute folder that the module is resolved from; absent: the folder of the configuration file. */
  readonly baseDir?: string;
  /** Where the file names it, for errors: `FILE:LINE:COLUMN  path`. */
  readonly place?: string;
}

/** How to check a message before a consumer sees it. */
export interface DecodePlan {
  readonly json: {
    /** Absolute, and its place as in a module reference; absent: any JSON. */
    readonly schema?: { readonly file: string; readonly place?: string };
  };
}

/** The part of a slot that its worker needs. */
export interface SlotSpec {
  readonly slot: number;
  /** Where the file names the entry, for messages: `consumers[0]`. */
  readonly path: string;
  readonly reference: ModuleReference;
  /** As written in the file. */
  readonly consumer: string;
  readonly name: string;
  readonly queue: string;
  readonly consumerTag: string;
  readonly instance: number;
  readonly shutdownTimeoutMs: number;
  /** Absent: one message, no batch. */
  readonly batchSize?: number;
  readonly options: Readonly<Record<string, unknown>>;
  /** `FILE:LINE:COLUMN  path` of each part of the options, by its keys and indexes from `options` on, as JSON. */
  readonly optionPlaces?: Readonly<Record<string, string>>;
  /** Outermost first. */
  readonly middleware?: readonly ModuleReference[];
  /** Absent: no check. */
  readonly decode?: DecodePlan;
}
