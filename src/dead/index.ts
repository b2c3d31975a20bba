export { DeadLetters, type DeadLettersOptions } from './dead-letters.js';
export type { DeadMessage } from './dead-message.js';
export { bytesText, headerText, type PlainValue, plainValue } from './header-text.js';
export { factsOf, type MessageFacts, type WholeMessage, wholeMessage } from './message-facts.js';
export { purge } from './purge.js';
export { deadNameOf } from './queue-name.js';
export { Replay, type ReplayOutcome } from './replay.js';
export { replayCopy } from './replay-copy.js';
export { type Condition, EVERYTHING, isSelected, parseCondition, type Selection } from './selection.js';
