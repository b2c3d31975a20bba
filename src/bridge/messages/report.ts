/**
 * A report: what the worker says of one delivery, as three numbers in a flat list (cell, generation, code).
 * The hot path of the port: an object for each would cost ten times as much to clone.
 */

/** The answer of a report, in its low bits. */
export const ANSWER = { none: 0, ack: 1, nackRequeue: 2, nackDrop: 3, rejectRequeue: 4, rejectDrop: 5 } as const;
export type AnswerName = keyof typeof ANSWER;
export type AnswerCode = (typeof ANSWER)[AnswerName];

/** Added to the answer when `consume` has ended and the slot is free again. */
export const FINISHED = 8;

/** How many numbers one report takes. */
export const REPORT_SIZE = 3;

/** What a report says: the answer to a delivery, its end, or both at once. */
export interface Report {
  readonly answer: AnswerName;
  /** True when `consume` has ended: the delivery is no longer with the thread. */
  readonly hasEnded: boolean;
}

/** By code. Made once: an object for each report would be one more per message. */
const REPORTS = new Map<unknown, Report>();
for (const answer of ['none', 'ack', 'nackRequeue', 'nackDrop', 'rejectRequeue', 'rejectDrop'] as const) {
  REPORTS.set(ANSWER[answer], { answer, hasEnded: false });
  REPORTS.set(ANSWER[answer] | FINISHED, { answer, hasEnded: true });
}

/** What a code stands for; nothing when it is no code at all: user code can reach the port. */
export function reportOf(code: unknown): Report | undefined {
  return REPORTS.get(code);
}
