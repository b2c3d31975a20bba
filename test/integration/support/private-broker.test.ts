import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect } from 'amqplib';
import { startPrivateBroker } from '../../support/broker/private-broker.js';
import { isRecord, parseRecord } from '../../support/json-record.js';
import { answersTcp } from '../../support/network/port-probe.js';
import { waitFor } from '../../support/wait.js';

test('a private broker keeps a persistent message through a crash, and stop removes everything', async (t) => {
  const broker = await startPrivateBroker({ nodename: 'named', config: 'heartbeat = 7' });
  t.after(() => broker.stop());
  await broker.createVhost('orders');
  await publish(broker.url('orders'), 'durable', 'kept');
  assert.match(await broker.ctl('environment'), /\{heartbeat,7\}/);
  const before = broker.pids;

  await broker.syncDeclarations();
  await broker.kill();
  assert.equal(await answersTcp(broker.port), false);
  await broker.start();

  assert.equal(await get(broker.url('orders'), 'durable'), 'kept');
  const pids = [...before, ...broker.pids];
  assert.equal(new Set(pids).size, 3, 'one epmd and two nodes have run');
  await broker.shutdown();
  assert.equal(broker.pids.length, 1, 'epmd waits for another start');
  assert.match(await broker.log(), /SIGTERM received/);
  await broker.stop();
  assert.deepEqual(pids.filter(isAlive), []);
  assert.equal(existsSync(broker.folder), false);
});

test('a private broker that cannot start names the reason and removes everything', async () => {
  const started = startPrivateBroker({ config: 'no.such.key = 1' });
  await assert.rejects(started, /did not start.*no\.such\.key/s);
});

test('a private broker ends when the process that owns it is killed', async (t) => {
  const module = fileURLToPath(new URL('../../support/broker/private-broker.js', import.meta.url));
  const script = `
    import { startPrivateBroker } from ${JSON.stringify(module)};
    const { pids, folder } = await startPrivateBroker();
    console.log(JSON.stringify({ pids, folder }));
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => owner.kill('SIGKILL'));
  const [line]: unknown[] = await once(owner.stdout, 'data');
  const report = parseRecord(String(line));
  assert.ok(isRecord(report) && Array.isArray(report['pids']));
  const { pids, folder } = report;
  assert.deepEqual(pids.map(isAlive), [true, true]);

  owner.kill('SIGKILL');

  await waitFor(() => !pids.some(isAlive), { what: 'the broker of a killed process to end' });
  await waitFor(() => !existsSync(String(folder)), { what: 'its folder to be removed' });
});

async function publish(url: string, queue: string, text: string): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(queue, { durable: true });
  channel.sendToQueue(queue, Buffer.from(text), { persistent: true });
  await channel.waitForConfirms();
  await connection.close();
}

async function get(url: string, queue: string): Promise<string | undefined> {
  const connection = await connect(url);
  const message = await (await connection.createChannel()).get(queue, { noAck: true });
  await connection.close();
  return message === false ? undefined : message.content.toString();
}

/** A zombie counts as dead: without an init process, as in a container, it stays in the process table. */
function isAlive(pid: unknown): boolean {
  if (typeof pid !== 'number') throw new Error(`${String(pid)} is no process id`);
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (!existsSync('/proc/self/stat')) return true;
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false; // ended between the two checks
  }
}
