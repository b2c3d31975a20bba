import { factsOf, wholeMessage } from '../../dead/index.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { DeadCommand } from './arguments.js';
import { formatDetails } from './message-details.js';
import { DeadTable } from './message-table.js';
import { type DeadWork, messages } from './output.js';
import { jsonLine } from './printable.js';

type Of<Kind extends DeadCommand['kind']> = Extract<DeadCommand, { kind: Kind }>;

/** RabbitMQ 4 drops a message from a quorum queue after 20 returns by default. */
const MANY_RETURNS = 10;

/** Lists the selected messages and returns their number. */
export async function listMessages(
  { selection, limit }: Pick<Of<'list'>, 'selection' | 'limit'>,
  { letters, output, signal }: DeadWork,
): Promise<number> {
  const table = output.format === 'table' ? new DeadTable(output.columns) : undefined;
  let count = 0;
  for await (const message of letters.select({ selection, limit, signal })) {
    count++;
    const facts = factsOf(message);
    for (const line of table?.add(facts) ?? [jsonLine(facts)]) await output.print(line);
  }
  for (const line of table?.end() ?? []) await output.print(line);
  await warnOfReturns({ letters, output, signal });
  return count;
}

export async function list(command: Of<'list'>, work: DeadWork): Promise<ExitCode> {
  const { letters, output, signal } = work;
  const count = await listMessages(command, work);
  if (output.format === 'table') await output.print(`${count} of ${messages(letters.count)} in "${letters.queue}"`);
  return signal.aborted ? EXIT.failed : EXIT.ok;
}

export async function show({ selection }: Of<'show'>, work: DeadWork): Promise<ExitCode> {
  const { letters, output, signal } = work;
  const limit = selection.ids.length === 0 ? 1 : undefined;
  const progress = output.progress('looking', letters.count);
  let count = 0;
  for await (const message of letters.select({ selection, limit, signal, onRead: (read) => progress.update(read) })) {
    progress.clear();
    const whole = wholeMessage(message);
    if (output.format === 'json') await output.print(jsonLine(whole));
    else await output.print(count === 0 ? formatDetails(whole) : `\n${formatDetails(whole)}`);
    count++;
  }
  progress.clear();
  await warnOfReturns(work);
  if (count > 0) return signal.aborted ? EXIT.failed : EXIT.ok;
  const [id] = selection.ids;
  output.note(id === undefined ? `"${letters.queue}" is empty` : `no message of "${letters.queue}" has the id "${id}"`);
  return EXIT.failed;
}

async function warnOfReturns({ letters, output }: DeadWork): Promise<void> {
  const { timesReturned, queue } = letters;
  if (timesReturned < MANY_RETURNS || (await letters.dropsNothing())) return;
  output.note(
    `warning: messages of "${queue}" have come back ${timesReturned} times. A quorum queue drops a message that comes back ` +
      'more often than its delivery limit (20 in RabbitMQ 4, unless a policy says otherwise), and each look may count',
  );
}
