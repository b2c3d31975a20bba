// Apart from the codec, because worker threads do not load it.
export { unexpectedConfirm } from './incoming-methods.js';
export { encodePublishes, headerFrameBytes } from './publish-frames.js';
export { Wire } from './wire.js';
export { type Answer, type ChannelSink, WireChannel } from './wire-channel.js';
