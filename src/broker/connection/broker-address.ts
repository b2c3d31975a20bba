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

/** Shuffles the hosts, so that daemons spread over the nodes of a cluster. */
export function inRandomOrder(hosts: BrokerAddress['hosts'], random: () => number): BrokerAddress['hosts'] {
  return hosts
    .map((host) => ({ host, order: random() }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ host }) => host);
}
