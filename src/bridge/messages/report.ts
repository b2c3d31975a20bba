/**
 * A worker's report about one delivery: three numbers (cell, generation, code), because objects cost ten times as much
 * to clone.
 */

/** The answers, in the low bits of a code. */
export const ANSWER = { none: 0, ack: 1, nackRequeue: 2, nackDrop: 3, rejectRequeue: 4, rejectDrop: 5 } as const;
/** An answer: ack, nack or reject, with or without requeue; `none` in a report of the end alone. */
export type AnswerName = keyof typeof ANSWER;
export type AnswerCode = (typeof ANSWER)[AnswerName];

/** Flag: `consume` has ended, and the slot has room again. */
export const FINISHED = 8;

/** Numbers per report. */
export const REPORT_SIZE = 3;

/** An answer, an end, or both. */
export interface Report {
  readonly answer: AnswerName;
  /** True when the delivery is no longer with the thread. */
  readonly hasEnded: boolean;
}

/** An object per report would be one more per message. */
const REPORTS = new Map<unknown, Report>();
for (const answer of ['none', 'ack', 'nackRequeue', 'nackDrop', 'rejectRequeue', 'rejectDrop'] as const) {
  REPORTS.set(ANSWER[answer], { answer, hasEnded: false });
  REPORTS.set(ANSWER[answer] | FINISHED, { answer, hasEnded: true });
}

/** User code can reach the port. */
export function reportOf(code: unknown): Report | undefined {
  return REPORTS.get(code);
}
