/** A client's connection as rabbitmqctl lists it, without the delay of the management plugin. */
export interface BrokerConnection {
  /** The Erlang process, by which rabbitmqctl closes it. */
  readonly pid: string;
  readonly vhost: string;
  /** The broker's own name for it: `127.0.0.1:41234 -> 127.0.0.1:5672`. */
  readonly name: string;
  /** The `connection_name` that the client gave, or an empty string. */
  readonly clientName: string;
}

/** The columns that `parseConnections` reads, in their order. */
export const CONNECTION_COLUMNS = ['pid', 'vhost', 'name', 'client_properties'] as const;

/** Reads the table of `rabbitmqctl list_connections`; its JSON has unusable pids. */
export function parseConnections(table: string): BrokerConnection[] {
  return table.split('\n').flatMap((line) => {
    const [pid = '', vhost = '', name = '', properties = ''] = line.split('\t');
    return pid.startsWith('<') ? [{ pid, vhost, name, clientName: clientNameIn(properties) }] : [];
  });
}

/** Reads an Erlang property list: `[{"connection_name","me"},…]`. */
function clientNameIn(properties: string): string {
  const [, quoted = ''] = /\{"connection_name","((?:[^"\\]|\\.)*)"\}/.exec(properties) ?? [];
  return quoted.replaceAll(/\\(.)/g, '$1');
}
