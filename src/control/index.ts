export { ControlActions } from './actions.js';
export { perform } from './perform.js';
export { type ControlReply, readReply, type Verb, writeRequest } from './protocol.js';
export { defaultSocket, type FoundSocket, findSockets } from './socket-place.js';
export { SocketServer } from './socket-server.js';
export type { ControlledEntry } from './status.js';
