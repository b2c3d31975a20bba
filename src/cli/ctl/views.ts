import { isRecord } from '../../bridge/index.js';
import { spanOf, type TableColumn, tableLines } from './table.js';

export type Fields = Readonly<Record<string, unknown>>;

const ENTRY_COLUMNS: readonly TableColumn<Fields>[] = [
  { heading: 'ENTRY', cell: ({ name }) => name },
  { heading: 'QUEUE', cell: ({ queue }) => queue },
  { heading: 'STATE', cell: ({ state }) => state },
  { heading: 'RUNNING', cell: ({ running }) => running },
  { heading: 'OLDEST', cell: ({ running, oldestMs }) => (running === 0 ? '-' : spanOf(oldestMs)) },
  { heading: 'WAITING', cell: ({ waiting }) => waiting },
  { heading: 'UNANSWERED', cell: ({ unanswered }) => unanswered },
  { heading: 'PREFETCH', cell: ({ prefetch }) => prefetch },
  { heading: 'DONE', cell: ({ done }) => done },
  { heading: 'FAILED', cell: ({ failed }) => failed },
  { heading: 'BUSY', cell: ({ busy, up, instances }) => `${textOf(busy)} of ${textOf(up)}${downOf(up, instances)}` },
];

const THREAD_COLUMNS: readonly TableColumn<Fields>[] = [
  { heading: 'GROUP', cell: ({ group }) => group },
  { heading: 'THREAD', cell: ({ thread }) => thread },
  { heading: 'STATE', cell: ({ state }) => state },
  { heading: 'HEAP', cell: ({ heapUsedMb, heapLimitMb }) => heapOf(heapUsedMb, heapLimitMb) },
];

const RUNNING_COLUMNS: readonly TableColumn<Fields>[] = [
  { heading: 'ID', cell: ({ id }) => id },
  { heading: 'FOR', cell: ({ runningMs }) => spanOf(runningMs) },
  { heading: 'ENTRY', cell: ({ name }) => name },
  { heading: 'QUEUE', cell: ({ queue }) => queue },
  { heading: 'INSTANCE', cell: ({ instance }) => instance },
  { heading: 'THREAD', cell: ({ thread }) => thread },
  { heading: 'ATTEMPT', cell: ({ attempt }) => attempt },
  { heading: 'TAG', cell: ({ deliveryTag }) => deliveryTag },
  { heading: 'MESSAGE ID', cell: ({ messageId }) => messageId },
];

/** The state of the daemon, for people. */
export function statusLines(result: unknown, columns: number): string[] {
  const status = fieldsOf(result);
  const entries = listOf(status['entries']);
  const groups = listOf(status['groups']);
  const threads = groups.flatMap((group) =>
    listOf(group['threads']).map((each) => ({ ...each, group: group['name'] })),
  );
  return [
    `amqp-dispatcher ${textOf(status['version'])}, process ${textOf(status['pid'])}, ${textOf(status['phase'])}, ` +
      `up for ${spanOf(status['uptimeMs'])}, Node.js ${textOf(status['node'])}`,
    ...connectionLines(status),
    '',
    ...tableLines(entries, ENTRY_COLUMNS, columns),
    ...entries.flatMap(changeLines),
    '',
    ...tableLines(threads, THREAD_COLUMNS, columns),
    ...groups.map(utilizationLine),
  ];
}

function utilizationLine({ name, utilization, utilizationSeconds: seconds }: Fields): string {
  const period = typeof seconds === 'number' ? spanOf(seconds * 1_000) : '-';
  return `${textOf(name)}: computing for ${percentOf(utilization)} of the last ${period}`;
}

/** The settings of an entry that an operator has changed. */
function changeLines({ name, queue, prefetch, rate, logLevel, changed }: Fields): string[] {
  const values = new Map<unknown, unknown>([
    ['prefetch', prefetch],
    ['rate', rate],
    ['log-level', logLevel],
  ]);
  const changes = listOf(changed).map(
    ({ setting, was }) => `${textOf(setting)} ${textOf(values.get(setting))} (was ${textOf(was)})`,
  );
  return changes.length === 0
    ? []
    : [`${textOf(name)} on "${textOf(queue)}", until the daemon stops: ${changes.join(', ')}`];
}

/** The running messages, for people. */
export function runningLines(result: unknown, columns: number): string[] {
  const messages = listOf(result);
  return messages.length === 0 ? ['no message is running'] : tableLines(messages, RUNNING_COLUMNS, columns);
}

/** The outcome of an action, one line per entry. */
export function outcomeLines(result: unknown): string[] {
  return (Array.isArray(result) ? listOf(result) : [fieldsOf(result)]).map(
    ({ name, queue, state, changed, reason }) => {
      const entry = `${textOf(name)} on "${textOf(queue)}"`;
      if (typeof reason === 'string') return `${entry} not changed: ${reason}`;
      return `${entry} ${changed === true ? '' : 'was already '}${textOf(state)}`;
    },
  );
}

/** The new value of a setting. */
export function settingLines(result: unknown): string[] {
  const { name, queue, setting, value } = fieldsOf(result);
  return [`${textOf(setting)} of ${textOf(name)} on "${textOf(queue)}" is ${textOf(value)} until the daemon stops`];
}

/** The outcome of an abort. */
export function abortLines(result: unknown): string[] {
  const { id, name, queue, thread, state } = fieldsOf(result);
  const what = state === 'terminated' ? `ended thread ${textOf(thread)} with` : 'aborted the signal of';
  return [`${what} message ${textOf(id)} of ${textOf(name)} on "${textOf(queue)}"`];
}

/** The outcome of a recycle, one line per thread. */
export function recycleLines(result: unknown): string[] {
  return listOf(result).map(({ group, thread, state, reason }) => {
    const why = typeof reason === 'string' ? `: ${reason}` : '';
    return `thread ${textOf(thread)} of ${textOf(group)} ${STATES.get(state) ?? textOf(state)}${why}`;
  });
}

const STATES: ReadonlyMap<unknown, string> = new Map([
  ['replaced', 'replaced'],
  ['busy', 'is already starting or being replaced'],
  ['failed', 'not replaced: its successor could not start'],
]);

export function connectionLines(status: Fields): string[] {
  const { consumer, publisher } = fieldsOf(status['connections']);
  const { isConnected, lastError } = fieldsOf(consumer);
  const { isConnected: publishes, isBlocked } = fieldsOf(publisher);
  const broker =
    isConnected === true ? `connected to ${textOf(status['broker'])}` : `not connected: ${textOf(lastError)}`;
  const blocked = isBlocked === true ? ', publishes are blocked by the broker' : '';
  return [`${broker}; publisher ${publishes === true ? 'connected' : 'not connected'}${blocked}`];
}

export function downOf(up: unknown, instances: unknown): string {
  return up === instances ? '' : ` (${textOf(instances)} in all)`;
}

export function heapOf(used: unknown, limit: unknown): string {
  return typeof used === 'number' ? `${Math.round(used)} of ${textOf(limit)} MiB` : '-';
}

export function percentOf(share: unknown): string {
  return typeof share === 'number' ? `${Math.round(share * 100)} %` : '-';
}

export function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

/** The daemon may have another version: unknown fields are ignored. */
export function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '-';
}
