/** The parts of RABBITMQ_URL. */
export interface BrokerAddress {
  readonly protocol: 'amqp' | 'amqps';
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
  /** `undefined` leaves it to the broker, 0 disables heartbeats. */
  readonly heartbeatSeconds: number | undefined;
}
