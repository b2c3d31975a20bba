export { type ChosenMessages, DeadLetters, type DeadLettersOptions } from './dead-letters.js';
export { type DeadLettering, deadQueuesOf } from './dead-queues.js';
export type { DeadMessage } from './message/dead-message.js';
export { bytesText, headerText, type PlainValue, plainValue } from './message/header-text.js';
export {
  detailsOf,
  factsOf,
  type MessageDetails,
  type MessageFacts,
  type WholeMessage,
  wholeMessage,
} from './message/message-facts.js';
export { deadNameOf, originalNameOf } from './queue-name.js';
export { purge, removeChosen } from './removal.js';
export { Replay, type ReplayOutcome } from './replay/replay.js';
export { ageText } from './selection/age.js';
export { ageCondition, type Condition, parseCondition } from './selection/condition.js';
export { EVERYTHING, isEverything, isSelected, type Selection } from './selection/selection.js';
export { ENTRY_BYTES, Snapshot, type SnapshotEntry } from './snapshot.js';
export { type DeadSummary, summaryOf } from './summary.js';
export { firstWrongLine, Import, type ImportOutcome } from './transfer/import.js';
export { lineOf } from './transfer/message-line.js';
