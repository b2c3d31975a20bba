/** Where the broker is and who we are there: RABBITMQ_URL, taken apart. */
export interface BrokerAddress {
  readonly protocol: 'amqp' | 'amqps';
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
  /** Seconds; `undefined` leaves it to the broker, 0 switches heartbeats off. */
  readonly heartbeatSeconds: number | undefined;
}
