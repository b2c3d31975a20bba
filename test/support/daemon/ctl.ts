import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { isRecord, type JsonRecord, parseRecord } from '../json-record.js';
import { environmentForChild } from '../processes/child-environment.js';
import type { Daemon } from './daemon.js';

const PROGRAM = fileURLToPath(new URL('../../../bin/amqp-dispatcher.js', import.meta.url));

export interface CtlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `amqp-dispatcher ctl` with these words. */
export function runCtl(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CtlResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, 'ctl', ...args], {
      env: { ...environmentForChild(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs a command on this daemon, which must succeed; returns its JSON. */
export async function ctl(daemon: Daemon, ...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await runCtl([...args, '--pid', String(daemon.pid), '--format', 'json']);
  assert.equal(code, 0, stderr);
  const result: unknown = JSON.parse(stdout);
  return result;
}

/** Runs a command that prints a list. */
export async function ctlList(daemon: Daemon, ...args: readonly string[]): Promise<JsonRecord[]> {
  const result = await ctl(daemon, ...args);
  assert.ok(Array.isArray(result), JSON.stringify(result));
  return result.filter(isRecord);
}

/** The entries of `ctl status`. */
export async function entriesOf(daemon: Daemon): Promise<JsonRecord[]> {
  const status = await ctl(daemon, 'status');
  assert.ok(isRecord(status) && Array.isArray(status['entries']), JSON.stringify(status));
  return status['entries'].filter(isRecord);
}

/** Sends one request to a control socket, which must accept it; returns the result. */
export async function askControl(path: string, verb: string, args: object = {}): Promise<unknown> {
  const line = await new Promise<string>((resolve, reject) => {
    const socket = connect(path, () => socket.end(`${JSON.stringify({ v: 1, verb, args })}\n`));
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
  const reply = parseRecord(line);
  assert.equal(reply?.['ok'], true, `${verb}: ${line}`);
  return reply?.['result'];
}
