/** A client's connection, as rabbitmqctl knows it: at once, where the management plugin lags. */
export interface BrokerConnection {
  /** The Erlang process, which rabbitmqctl takes to close it. */
  readonly pid: string;
  readonly vhost: string;
  /** The broker's own name for it: `127.0.0.1:41234 -> 127.0.0.1:5672`. */
  readonly name: string;
  /** The `connection_name` that the client gave, or an empty string. */
  readonly clientName: string;
}

/** The columns that `parseConnections` reads, in their order. */
export const CONNECTION_COLUMNS = ['pid', 'vhost', 'name', 'client_properties'] as const;

/** Reads the table of `rabbitmqctl list_connections`. Not JSON: there the pids are useless. */
export function parseConnections(table: string): BrokerConnection[] {
  return table.split('\n').flatMap((line) => {
    const [pid = '', vhost = '', name = '', properties = ''] = line.split('\t');
    return pid.startsWith('<') ? [{ pid, vhost, name, clientName: clientNameIn(properties) }] : [];
  });
}

/** From Erlang's way to write a property list: `[{"connection_name","me"},…]`. */
function clientNameIn(properties: string): string {
  const [, quoted = ''] = /\{"connection_name","((?:[^"\\]|\\.)*)"\}/.exec(properties) ?? [];
  return quoted.replaceAll(/\\(.)/g, '$1');
}
