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

const NAMES = new Map<unknown, AnswerName>();
for (const name of ['none', 'ack', 'nackRequeue', 'nackDrop', 'rejectRequeue', 'rejectDrop'] as const) {
  NAMES.set(ANSWER[name], name);
  NAMES.set(ANSWER[name] | FINISHED, name);
}

/** The answer that a report's code carries; nothing when it is no code at all: user code can reach the port. */
export function answerOf(code: unknown): AnswerName | undefined {
  return NAMES.get(code);
}

/** True when the report ends the delivery's time with the instance. */
export function isFinished(code: unknown): boolean {
  return typeof code === 'number' && (code & FINISHED) !== 0;
}
