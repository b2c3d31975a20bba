export type { BrokerAddress } from './broker-address.js';
export type { ConnectionSettings, TlsFiles } from './connection-settings.js';
export { ConsumerConnection } from './consumer-connection.js';
export type { Epoch } from './epoch.js';
export { Publisher } from './publisher.js';
export { QueueReader, type QueueReaderOptions, type TakenMessage } from './queue-reader.js';
export { type BrokerServer, isRabbitMqSince, type ReleaseLine } from './server.js';
export type { BindingDeclaration, ExchangeDeclaration, QueueDeclaration, Topology } from './topology.js';
