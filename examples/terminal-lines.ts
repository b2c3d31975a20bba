import { build, type PrettyOptions } from 'pino-pretty';
import type { JsonRecord } from '../test/support/json-record.js';

/**
 * The target of the example's log for terminals: pino-pretty, each line with its consumer, and with the instance and
 * the thread if it is of one. A file of its own: only code tells the numbers 0 from none, and no function crosses to
 * the thread of the log.
 */
export default function terminalLines(options: PrettyOptions): ReturnType<typeof build> {
  return build({ ...options, messageFormat });
}

function messageFormat(log: JsonRecord, messageKey: string): string {
  return `${whoOf(log)}${textOf(log[messageKey])}`;
}

function whoOf({ consumer, instance, thread }: JsonRecord): string {
  if (consumer === undefined) return '';
  const where = instance === undefined ? '' : ` ${textOf(instance)} on thread ${textOf(thread)}`;
  return `${textOf(consumer)}${where}: `;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
