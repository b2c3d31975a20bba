// Apart from the codec: no thread of consumers loads it.
export { type Answer, encodeAnswers } from './answer-frames.js';
export { encodePublishes, headerFrameBytes } from './publish-frames.js';
export { Wire } from './wire.js';
export { type ChannelSink, unexpectedConfirm, WireChannel } from './wire-channel.js';
