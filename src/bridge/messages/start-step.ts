import { isRecord } from './record.js';

/** A step of a thread's start; user code may hang in it. */
export interface StartStep {
  readonly kind: 'module' | 'startup' | 'instance' | 'schema';
  /** `module "./email.mjs" (/srv/email.mjs, for export "Email")`. */
  readonly subject: string;
}

const MAX_SUBJECT = 2_000;

const UNDONE = {
  module: 'has not loaded',
  startup: 'has not ended',
  instance: 'has not returned',
  schema: 'has not been compiled',
} as const satisfies Record<StartStep['kind'], string>;
const SETTLES = {
  module: 'a top-level await in it, or in a module that it imports, has not settled',
  startup: 'its promise has not settled',
  instance: 'its promise has not settled',
  schema: 'it is still being read',
} as const satisfies Record<StartStep['kind'], string>;

export function isStartStep(value: unknown): value is StartStep {
  if (!isRecord(value)) return false;
  const { kind, subject } = value;
  return (
    typeof kind === 'string' &&
    Object.hasOwn(UNDONE, kind) &&
    typeof subject === 'string' &&
    subject.length <= MAX_SUBJECT
  );
}

/** Bounds the subject's length. */
export function startStep(kind: StartStep['kind'], subject: string): StartStep {
  return { kind, subject: subject.slice(0, MAX_SUBJECT) };
}

/** `module "./email.mjs" has not loaded`. */
export function describeUndone({ kind, subject }: StartStep): string {
  return `${subject} ${UNDONE[kind]}`;
}

/** @param isAwake its event loop turns */
export function whyUndone({ kind }: StartStep, isAwake: boolean): string {
  return isAwake ? SETTLES[kind] : 'it keeps its thread busy or blocked, or the machine is overloaded';
}
