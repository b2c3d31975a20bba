import type { Environment } from '../../config/index.js';
import type { Verb } from '../../control/index.js';
import { DispatcherError } from '../../errors/index.js';
import { printUnperformed } from '../command-line.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { CommandOutput } from '../output/command-output.js';
import { jsonLine, printable } from '../output/printable.js';
import type { StopSignals } from '../stop-signals.js';
import { type CtlCommand, readCtlArguments } from './arguments.js';
import { call } from './client.js';
import { findDaemon } from './find-daemon.js';
import { refuseExisting, takeFile } from './inspection-file.js';
import { fileLines, stackLines } from './inspection-views.js';
import { top } from './top/top.js';
import { abortLines, outcomeLines, recycleLines, runningLines, settingLines, statusLines } from './views.js';

/** These take as long as the daemon needs. */
const LONG: readonly Verb[] = ['recycle', 'profile', 'heap'];

export interface CtlContext {
  readonly environment: Environment;
  readonly signals: StopSignals;
}

/** Runs `amqp-dispatcher ctl …` and returns the exit code. */
export async function ctl(args: readonly string[], { environment, signals }: CtlContext): Promise<ExitCode> {
  const request = await readCtlArguments(args);
  if (request.kind !== 'run') return printUnperformed(request);
  const stopping = new AbortController();
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stopping.abort());
  signals.listen(() => stopping.abort());
  const { command } = request;
  const output = new CommandOutput(command.format);
  try {
    if (command.out !== undefined) refuseExisting(command.out);
    const find = (): Promise<string> =>
      findDaemon({
        socket: command.socket ?? (command.pid === undefined ? environment.flags.controlSocket : undefined),
        pid: command.pid,
        runtimeFolder: environment.runtimeFolder,
      });
    if (command.verb === 'live') {
      return await top({
        output,
        count: command.count,
        hasColor: !environment.noColor,
        signal: stopping.signal,
        // A daemon that starts again has another socket in the default place.
        call: async (verb, verbArgs = {}, signal = stopping.signal) =>
          call({ path: await find(), verb, args: verbArgs, signal }),
      });
    }
    const path = await find();
    const answer = await call({
      path,
      verb: command.verb,
      args: command.args,
      signal: stopping.signal,
      isLong: LONG.includes(command.verb),
    });
    const result = command.verb === 'profile' || command.verb === 'heap' ? await takeFile(command, answer) : answer;
    const lines = command.format === 'json' ? [jsonLine(result)] : linesOf(command, result, output.columns);
    for (const line of lines) await output.print(printable(line));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof DispatcherError)) throw error;
    output.note(error.message);
    return EXIT.failed;
  } finally {
    await output.flush();
  }
}

function linesOf({ verb, all = false }: CtlCommand, result: unknown, columns: number): string[] {
  switch (verb) {
    case 'status':
      return statusLines(result, columns);
    case 'running':
      return runningLines(result, columns);
    case 'abort':
      return abortLines(result);
    case 'set':
      return settingLines(result);
    case 'recycle':
      return recycleLines(result);
    case 'stack':
      return stackLines(result, { all });
    case 'profile':
    case 'heap':
      return fileLines(result);
    default:
      return outcomeLines(result);
  }
}
