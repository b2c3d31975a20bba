import type { Verb } from '../../../control/index.js';
import { DispatcherError } from '../../../errors/index.js';
import { pause } from '../../../timing/index.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import type { CommandOutput } from '../../output/command-output.js';
import { jsonLine, printable } from '../../output/printable.js';
import { Screen } from '../../screen/screen.js';
import { tableLines } from '../table.js';
import { type Fields, fieldsOf, listOf } from '../views.js';
import { ENTRY_COLUMNS, THREAD_COLUMNS, type TopColumn } from './top-columns.js';
import { TopScreen } from './top-screen.js';

const EVERY_MS = 1_000;

export interface TopWork {
  readonly output: CommandOutput;
  /** Reports after which it ends; undefined: until it is stopped. */
  readonly count: number | undefined;
  readonly hasColor: boolean;
  readonly signal: AbortSignal;
  /** @throws DispatcherError `CONTROL_UNREACHABLE`, `CONTROL_REFUSED` */
  readonly call: (verb: Verb, args?: Readonly<Record<string, unknown>>, signal?: AbortSignal) => Promise<unknown>;
}

/** Shows the daemon once a second: on the full screen, or as lines where that is impossible, or `count` is given. */
export async function top(work: TopWork): Promise<ExitCode> {
  // Fails before it takes the screen.
  const first = await work.call('live');
  const { output, count } = work;
  const isScreen = output.format === 'table' && output.isFullScreen && count === undefined;
  return isScreen ? onScreen(first, work) : asLines(work);
}

async function onScreen(first: unknown, { call, signal, hasColor }: TopWork): Promise<ExitCode> {
  const screen = new Screen(signal);
  const quitting = new AbortController();
  screen.enter();
  try {
    const view = new TopScreen({ screen, hasColor, act: call, nowMs: () => performance.now() });
    view.update(first);
    const polling = poll(view, { call, signals: [screen.ended, quitting.signal] });
    try {
      return (await view.run()) ? EXIT.ok : EXIT.failed;
    } finally {
      quitting.abort();
      await polling;
    }
  } finally {
    screen.leave();
  }
}

/** A daemon that is gone may come back. */
async function poll(
  view: TopScreen,
  { call, signals }: { readonly call: TopWork['call']; readonly signals: readonly AbortSignal[] },
): Promise<void> {
  const ended = AbortSignal.any([...signals]);
  for (;;) {
    await pause(EVERY_MS, ended);
    if (ended.aborted) return;
    try {
      view.update(await call('live', {}, ended));
    } catch (error) {
      if (!(error instanceof DispatcherError)) throw error;
      if (!ended.aborted) view.fail(error.message);
    }
  }
}

async function asLines({ output, count, signal, call }: TopWork): Promise<ExitCode> {
  let printed = 0;
  while (!signal.aborted) {
    const report = await call('live').catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    // The first sample has no rates.
    if (typeof fieldsOf(report)['overMs'] === 'number') {
      const lines = output.format === 'json' ? [jsonLine(report)] : plainLines(report, output.columns);
      for (const line of lines) await output.print(printable(line));
      printed++;
    }
    if (printed === count) break;
    await pause(EVERY_MS, signal);
  }
  return EXIT.ok;
}

function plainLines(report: unknown, columns: number): string[] {
  const fields = fieldsOf(report);
  const table = (rows: readonly Fields[], own: readonly TopColumn[]): string[] =>
    tableLines(
      rows,
      own.map(({ heading, text, isNumeric = false }) => ({ heading, cell: text, isNumeric })),
      columns,
    );
  const at = fields['at'];
  return [
    typeof at === 'number' ? new Date(at).toISOString() : '-',
    ...table(listOf(fields['entries']), ENTRY_COLUMNS),
    '',
    ...table(listOf(fields['threads']), THREAD_COLUMNS),
    '',
  ];
}
