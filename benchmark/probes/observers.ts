import { createServer, get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MeasuredProcess } from '../processes/measured-process.js';

const EVERY_MS = 1_000;
const LISTENING_MS = 50;
/** As many as in some minutes. */
const WARM_UP_LOOKS = 200;
const LISTENING = /^serving probes/;
const STATUS = `${JSON.stringify({ v: 1, verb: 'status', args: {}, from: { user: 'benchmark', pid: process.pid } })}\n`;

/** The control socket of a daemon that runs in this folder. */
export function controlSocketIn(folder: string): string {
  return join(folder, 'control.sock');
}

/**
 * Looks at a daemon until it ends, as its operators would: a scrape and a `ctl status` each second, and an open console if
 * it has one. Their time is the harness's and is not measured, but shares the machine.
 *
 * The first looks follow each other, while the daemon warms up: one each second would find it uncompiled all round.
 */
export function observe(daemon: MeasuredProcess, folder: string): void {
  void lookUntilTheEnd(daemon, controlSocketIn(folder));
}

async function lookUntilTheEnd(daemon: MeasuredProcess, socket: string): Promise<void> {
  let port: number | undefined;
  while (port === undefined) {
    await sleep(LISTENING_MS);
    if (!daemon.running) return;
    port = portOf(daemon);
  }
  watchConsole(port);
  for (let look = 0; daemon.running; look++) {
    await Promise.all([scrape(port), askForStatus(socket)]);
    if (look >= WARM_UP_LOOKS) await sleep(EVERY_MS);
  }
}

/** A collector that throws spans away; it ends with the daemon. Returns its address. */
export async function startCollector(): Promise<{
  readonly url: string;
  readonly endWith: (daemon: MeasuredProcess) => void;
}> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    endWith: (daemon) => {
      const timer = setInterval(() => {
        if (daemon.running) return;
        clearInterval(timer);
        server.closeAllConnections();
        server.close();
      }, EVERY_MS);
    },
  };
}

function portOf({ logged }: MeasuredProcess): number | undefined {
  const port = logged.find(({ msg }) => typeof msg === 'string' && LISTENING.test(msg))?.['port'];
  return typeof port === 'number' ? port : undefined;
}

/** A page that stays open; a daemon without a console answers 404. */
function watchConsole(port: number): void {
  get({ port, path: '/api/live', headers: { accept: 'text/event-stream' } }, (answer) => answer.resume()).on(
    'error',
    ignoreTheEnd,
  );
}

function scrape(port: number): Promise<void> {
  return new Promise((resolve) => {
    get({ port, path: '/metrics' }, (answer) => answer.resume())
      .on('error', ignoreTheEnd)
      .on('close', resolve);
  });
}

function askForStatus(path: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write(STATUS));
    socket.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('\n')) socket.end();
    });
    socket.on('error', ignoreTheEnd).on('close', () => resolve());
  });
}

/** The round has just ended. */
function ignoreTheEnd(): void {}
