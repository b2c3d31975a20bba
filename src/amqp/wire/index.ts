// Apart from the codec, because worker threads do not load it.
export { type Answer, encodeAnswers } from './answer-frames.js';
export { encodePublishes, headerFrameBytes } from './publish-frames.js';
export { Wire } from './wire.js';
export { type ChannelSink, unexpectedConfirm, WireChannel } from './wire-channel.js';
