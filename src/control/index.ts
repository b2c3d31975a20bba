export { ActionLog, type ActionRecord, isReading } from './action-log.js';
export { ControlActions } from './actions.js';
export type { HistoryPoint, LiveEntry, LiveReport, LiveThread } from './live-report.js';
export { perform } from './perform.js';
export { type ControlReply, type ControlRequest, readReply, VERBS, type Verb, writeRequest } from './protocol.js';
export type { RunningMessage } from './running.js';
export { defaultSocket, type FoundSocket, findSockets } from './socket-place.js';
export { SocketServer } from './socket-server.js';
export type { ControlledEntry, StatusReport } from './status.js';
