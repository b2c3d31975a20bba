export { ActionLog, type ActionRecord, isReading } from './action-log.js';
export { ControlActions } from './actions.js';
export type { InspectionFile, StackResult } from './inspections.js';
export { Live } from './live/live.js';
export type { HistoryPoint, LiveEntry, LiveReport, LiveThread } from './live/live-report.js';
export type { RunningMessage } from './running.js';
export { perform } from './socket/perform.js';
export {
  type ControlReply,
  type ControlRequest,
  readReply,
  VERBS,
  type Verb,
  writeRequest,
} from './socket/protocol.js';
export { defaultSocket, type FoundSocket, findSockets } from './socket/socket-place.js';
export { SocketServer } from './socket/socket-server.js';
export type { ControlledEntry, StatusReport } from './status.js';
