import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { TestVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { CLEAN, FAILED } from '../../support/daemon/stage.js';
import { parseRecord } from '../../support/json-record.js';
import { TcpProxy } from '../../support/network/tcp-proxy.js';
import { waitFor } from '../../support/wait.js';
import { dead, deadQueues, holds, temporaryFolder } from './dead-parts.js';

/** Lines of an export. */
function linesOf(count: number): string {
  const ids = Array.from({ length: count }, (_, id) => String(id));
  return ids.map((messageId) => JSON.stringify({ body: 'x', properties: { messageId } })).join('\n');
}

async function hasConnections(vhost: TestVhost, count: number): Promise<void> {
  const what = `${count} connections`;
  await waitFor(async () => (await vhost.connections()).length === count, { what, timeoutMs: 60_000 });
}

test('an import of a pipe imports every message, and one SIGTERM ends its wait for a writer', async (t) => {
  const vhost = await deadQueues(t, 'classic');
  const folder = await temporaryFolder(t);
  const [file, pipe] = [join(folder, 'dead.jsonl'), join(folder, 'pipe')];
  await writeFile(file, linesOf(20));
  await promisify(execFile)('mkfifo', [pipe]);
  const shell = `cat '${file}' >'${pipe}' & exec "$@"`;
  const imports = await startDaemon(t, { url: vhost.url, args: ['dead', 'import', 'q', pipe], shell });
  assert.deepEqual(await imports.exit(60_000), CLEAN, imports.stderr);
  assert.equal(parseRecord(imports.stdout)?.['imported'], 20, imports.stdout);
  await holds(vhost, { 'q.dead': 20 });

  await hasConnections(vhost, 0);
  const waits = await startDaemon(t, { url: vhost.url, args: ['dead', 'import', 'q', pipe] });
  await hasConnections(vhost, 1);
  waits.signal('SIGTERM');
  assert.deepEqual(await waits.exit(15_000), FAILED, waits.stderr);
  assert.match(waits.stderr, /interrupted; nothing was imported/);
  const refused = await dead(t, vhost, 'import', 'q', '/dev/zero');
  assert.deepEqual(refused.exit, FAILED);
  assert.match(refused.stderr, /neither a file nor a pipe; give "-" to read standard input; nothing was imported/);
});

test('an import fails if its file loses lines meanwhile', async (t) => {
  const vhost = await deadQueues(t, 'classic');
  const file = join(await temporaryFolder(t), 'dead.jsonl');
  await writeFile(file, linesOf(20_000));
  const proxy = await TcpProxy.start({ host: vhost.host, port: vhost.port });
  t.after(() => proxy.close());
  // So that it still reads when the lines go.
  proxy.delay(50);
  const running = await startDaemon(t, { url: proxy.through(vhost.url), args: ['dead', 'import', 'q', file] });
  await waitFor(async () => (await vhost.messageCount('q.dead')) > 0, { what: 'the first message', timeoutMs: 60_000 });
  await truncate(file);
  assert.deepEqual(await running.exit(60_000), FAILED, running.stderr);
  assert.match(running.stderr, /changed during the import: it had 20000 messages, and then \d+\n/);
});
