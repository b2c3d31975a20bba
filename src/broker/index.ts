export type { BrokerAddress } from './connection/broker-address.js';
export type { ConnectionSettings, TlsFiles } from './connection/connection-settings.js';
export { type BrokerServer, isRabbitMqSince, type ReleaseLine } from './connection/server.js';
export { ConsumerConnection } from './consume/consumer-connection.js';
export type { Epoch } from './consume/epoch.js';
export { Publisher } from './publish/publisher.js';
export { QueueReader, type QueueReaderOptions, type TakenMessage } from './queue-reader/queue-reader.js';
export { isNotFound as isQueueNotFound } from './topology/declaration.js';
export type { BindingDeclaration, ExchangeDeclaration, QueueDeclaration, Topology } from './topology/topology.js';
