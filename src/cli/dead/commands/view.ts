import { type ChosenMessages, factsOf, isEverything, wholeMessage } from '../../../dead/index.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import { messages } from '../../output/command-output.js';
import { jsonLine } from '../../output/printable.js';
import type { CommandOf } from '../arguments/dead-command.js';
import type { DeadWork } from '../dead-work.js';
import { formatDetails } from '../output/message-details.js';
import { DeadTable } from '../output/message-table.js';
import { choose } from './choice.js';

/** RabbitMQ 4 drops a message from a quorum queue after 20 returns by default. */
const MANY_RETURNS = 10;

/** Prints the chosen messages. */
export async function printMessages(chosen: ChosenMessages, { letters, output, signal }: DeadWork): Promise<void> {
  const table = output.format === 'table' ? new DeadTable(output.columns) : undefined;
  for await (const message of chosen.messages()) {
    const facts = factsOf(message);
    for (const line of table?.add(facts) ?? [jsonLine(facts)]) await output.print(line);
  }
  for (const line of table?.end() ?? []) await output.print(line);
  await warnOfReturns({ letters, output, signal });
}

export async function list(command: CommandOf<'list'>, work: DeadWork): Promise<ExitCode> {
  const { letters, output, signal } = work;
  const chosen = await choose(command, work);
  await printMessages(chosen, work);
  if (output.format === 'table') {
    await output.print(`${chosen.count} of ${messages(letters.count)} in "${letters.queue}"`);
  }
  return signal.aborted ? EXIT.failed : EXIT.ok;
}

export async function show({ selection }: CommandOf<'show'>, work: DeadWork): Promise<ExitCode> {
  const { letters, output, signal } = work;
  const chosen = await choose({ selection, limit: isEverything(selection) ? 1 : undefined }, work);
  let count = 0;
  for await (const message of chosen.messages()) {
    const whole = wholeMessage(message);
    if (output.format === 'json') await output.print(jsonLine(whole));
    else await output.print(count === 0 ? formatDetails(whole) : `\n${formatDetails(whole)}`);
    count++;
  }
  await warnOfReturns(work);
  if (signal.aborted) return EXIT.failed;
  if (count > 0) return EXIT.ok;
  const [id] = selection.ids;
  if (id !== undefined) {
    output.note(`no message of "${letters.queue}" has the id "${id}"`);
    return EXIT.failed;
  }
  output.note(letters.count === 0 ? `"${letters.queue}" is empty` : `no message of "${letters.queue}" matches`);
  return EXIT.ok;
}

async function warnOfReturns({ letters, output }: DeadWork): Promise<void> {
  const { timesReturned, queue } = letters;
  if (timesReturned < MANY_RETURNS || (await letters.dropsNothing())) return;
  output.note(
    `warning: messages of "${queue}" have come back ${timesReturned} times. A quorum queue drops a message that comes back ` +
      'more often than its delivery limit (20 in RabbitMQ 4, unless a policy says otherwise), and each look may count',
  );
}
