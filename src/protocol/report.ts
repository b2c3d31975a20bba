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

const NAMES = new Map<number, AnswerName>();
for (const name of ['none', 'ack', 'nackRequeue', 'nackDrop', 'rejectRequeue', 'rejectDrop'] as const) {
  NAMES.set(ANSWER[name], name);
}

/** The answer that a report's code carries. */
export function answerOf(code: number): AnswerName {
  const name = NAMES.get(code & (FINISHED - 1));
  if (name === undefined) throw new TypeError(`unknown report code ${code}`);
  return name;
}

/** True when the report ends the delivery's time with the instance. */
export function isFinished(code: number): boolean {
  return (code & FINISHED) !== 0;
}
