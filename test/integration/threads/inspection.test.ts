import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { DispatcherError } from '../../../src/errors/index.js';
import { ThreadInspection } from '../../../src/threads/index.js';
import { waitFor } from '../../support/wait.js';
import { repositoryFile } from '../../unit/config/repository-file.js';
import { busyProcessors, temporaryFolder, threadThat } from './inspected-thread.js';

const LOOKS = 25;

interface ProfileNode {
  readonly hitCount: number;
}

/** The compiler leaves the types out, so the lines of its output are others. */
const SPINNING = `interface Order {
  readonly id: string;
}

export function run(order?: Order): void {
  spins(order);
}

function spins(_order?: Order): void {
  for (;;);
}
`;

describe('the stack of a thread', () => {
  for (const how of ['loops', 'backtracks', 'parses', 'waits']) {
    test(`names the function that ${how}, each time, beside busy processors`, async (t) => {
      busyProcessors(t);
      const { inspection, worker } = await threadThat(t, how);
      for (let look = 0; look < LOOKS; look++) {
        const { state, frames, text } = await inspection.stack(0, { withinMs: 10_000 });
        assert.equal(state, 'javascript', text);
        const own = frames.filter(({ function: name }) => name === how);
        assert.equal(own.length, 1, text);
        assert.ok((own[0]?.line ?? 0) > 1);
      }
      const both = await Promise.all([inspection.stack(0), inspection.stack(0)]);
      assert.deepEqual(
        both.map(({ state }) => state),
        ['javascript', 'javascript'],
      );
      assert.equal(await worker.terminate(), 1);
    });
  }

  test('names TypeScript lines, as every other stack does, also within a loop', async (t) => {
    const folder = await temporaryFolder(t);
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'order.ts'), SPINNING);
    const compiler = repositoryFile('node_modules/.bin/tsc');
    const args = ['order.ts', '--sourceMap', '--module', 'nodenext', '--target', 'es2022', '--types', ''];
    await promisify(execFile)(compiler, args, { cwd: folder });
    const { inspection } = await threadThat(t, 'loads', pathToFileURL(join(folder, 'order.js')).href);
    const { frames, text } = await inspection.stack(0, { withinMs: 10_000 });
    assert.deepEqual(
      frames.slice(0, 2).map(({ function: name, file, line }) => [name, file, line]),
      [
        ['spins', join(folder, 'order.ts'), 10],
        ['run', join(folder, 'order.ts'), 6],
      ],
      text,
    );
  });

  test('says that a thread in execSync waits outside JavaScript, and leaves it as it was', async (t) => {
    const { inspection, worker } = await threadThat(t, 'execs');
    const { state, frames, text } = await inspection.stack(0, { withinMs: 500 });
    assert.deepEqual([state, frames], ['native', []]);
    assert.match(text, /did not reply within 0\.5 s and used no processor: it waits outside JavaScript/);
    await waitFor(async () => (await inspection.stack(0)).state === 'idle', { what: 'the end of execSync' });
    assert.equal(await worker.terminate(), 1);
  });

  test('says that a thread in a native call computes outside JavaScript, or got no processor', async (t) => {
    const { inspection } = await threadThat(t, 'hashes');
    const { state, frames, text } = await inspection.stack(0, { withinMs: 1_000 });
    assert.deepEqual(frames, []);
    // Which of both depends on the load of the machine.
    assert.match(`${state}: ${text}`, /^(native: .* it computes outside|no_reply: .* or the machine is overloaded$)/);
  });

  for (const how of ['awaits', 'rests']) {
    test(`says each time that a thread is idle if it ${how}, beside busy processors`, async (t) => {
      busyProcessors(t);
      const { inspection } = await threadThat(t, how);
      await waitFor(async () => (await inspection.stack(0)).state === 'idle', { what: 'an idle thread' });
      let idle = 0;
      for (let look = 0; look < LOOKS; look++) {
        const { state, frames } = await inspection.stack(0, { withinMs: 10_000 });
        assert.notEqual(state, 'native');
        if (state === 'idle') idle += 1;
        else assert.equal(how === 'awaits' && frames.length > 0, true);
      }
      assert.ok(idle >= LOOKS * 0.8, `${idle} of ${LOOKS}`);
    });
  }

  test('is refused of a thread that is gone', async (t) => {
    const { inspection, worker } = await threadThat(t, 'rests');
    await worker.terminate();
    await assert.rejects(inspection.stack(0, { withinMs: 500 }), { code: 'INSPECTION_FAILED' });
  });

  test('ends in time if the thread ends during the look', async (t) => {
    const { inspection, worker } = await threadThat(t, 'execs');
    const stack = inspection.stack(0, { withinMs: 20_000 });
    const ended = worker.terminate();
    // After execSync the thread may take the look first, or end first.
    await stack.then(
      ({ state }) => assert.match(state, /^(?:javascript|idle)$/),
      (error: unknown) => assert.ok(error instanceof DispatcherError && /thread ended/.test(error.message)),
    );
    assert.equal(await ended, 1);
    await assert.rejects(inspection.stack(0, { withinMs: 500 }), { code: 'INSPECTION_FAILED' });
  });

  for (const how of ['exits', 'throws', 'ends']) {
    test(`never ends the process, at any moment of a thread that ${how}`, async (t) => {
      let looks = 0;
      for (let thread = 0; thread < 20; thread++) {
        const { inspection, worker } = await threadThat(t, how);
        const hasEnded = new Promise((resolve) => worker.once('exit', resolve));
        while (worker.threadId !== -1) {
          await inspection
            .stack(0, { withinMs: 200 })
            .then(() => looks++)
            .catch((error: unknown) => assert.ok(error instanceof DispatcherError, String(error)));
          await setImmediate();
        }
        await hasEnded;
      }
      assert.ok(looks > 0);
    });
  }

  test('taken 300 times leaves no memory, listener or session behind', async (t) => {
    const { inspection, worker } = await threadThat(t, 'loops');
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    t.after(() => process.off('warning', onWarning));
    const heapAfter = async (looks: number): Promise<number> => {
      for (let look = 0; look < looks; look++) await inspection.stack(0, { withinMs: 10_000 });
      globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    };
    const before = await heapAfter(100);
    const after = await heapAfter(200);
    assert.ok(after - before < 8 * 1024 * 1024, `${after - before} bytes more`);
    assert.deepEqual(warnings, []);
    assert.equal(await worker.terminate(), 1);
  });

  test('is taken while a debugger holds the thread, which it leaves held', async (t) => {
    const { inspection, worker } = await threadThat(t, 'loops');
    const session = new Session();
    session.connect();
    t.after(() => session.disconnect());
    let sessionId = '';
    const seen: string[] = [];
    session.on('NodeWorker.attachedToWorker', ({ params }) => {
      if (params.workerInfo.title.startsWith(`[worker ${worker.threadId}]`)) sessionId = params.sessionId;
    });
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      const method = /"method":"(Debugger\.(?:paused|resumed))"/.exec(params.message)?.[1];
      if (method !== undefined) seen.push(method);
    });
    const tell = (id: number, method: string): void =>
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method }) });
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    await waitFor(() => sessionId !== '', { what: 'the debugger' });
    tell(1, 'Debugger.enable');
    tell(2, 'Debugger.pause');
    await waitFor(() => seen.includes('Debugger.paused'), { what: 'the pause of the debugger' });
    const { state, frames } = await inspection.stack(0, { withinMs: 10_000 });
    assert.deepEqual([state, frames[0]?.function, seen], ['javascript', 'loops', ['Debugger.paused']]);
    tell(3, 'Debugger.resume');
    await waitFor(() => seen.includes('Debugger.resumed'), { what: 'the debugger to resume' });
    assert.equal((await inspection.stack(0, { withinMs: 10_000 })).state, 'javascript');
  });
});

describe('the profile of a thread', () => {
  for (const [how, seen] of [
    ['computes', /computes/],
    // V8 may have compiled the loop into its caller before the profile began.
    ['loops', /loops|\(anonymous\)/],
    ['rests', /^\(idle\)$/],
    ['awaits', /^\(idle\)$/],
  ] as const) {
    test(`shows where the time goes in a thread that ${how}, one at a time`, async (t) => {
      const { inspection } = await threadThat(t, how);
      const profile = inspection.profile(0, 400);
      await assert.rejects(inspection.profile(0, 400), { code: 'INSPECTION_FAILED', message: /already under way/ });
      const { nodes, samples } = JSON.parse(await profile);
      assert.ok(samples.length > 10);
      const [most] = nodes.toSorted((one: ProfileNode, other: ProfileNode) => other.hitCount - one.hitCount);
      assert.match(most.callFrame.functionName || '(anonymous)', seen);
    });
  }

  test('is refused of a thread in a native call, which begins none later', async (t) => {
    const { worker } = await threadThat(t, 'execs');
    const inspection = new ThreadInspection({
      find: () => ({ worker, taskId: undefined, isEnding: () => false }),
      sourceMaps: false,
      replyMs: 300,
    });
    await inspection.start();
    t.after(() => inspection.stop());
    await assert.rejects(inspection.profile(0, 60_000), {
      code: 'INSPECTION_FAILED',
      message: /^the thread did not reply within 0\.3 s: it is in a native call, or the machine is overloaded/,
    });
    const path = join(await temporaryFolder(t), 'thread.heapsnapshot');
    await assert.rejects(inspection.heapSnapshot(0, path), { code: 'INSPECTION_FAILED' });
    await waitFor(async () => (await inspection.stack(0)).state === 'idle', { what: 'the end of execSync' });
    assert.equal(existsSync(path), false);
  });

  test('ends with an error when the thread dies', async (t) => {
    const { inspection } = await threadThat(t, 'dies');
    await assert.rejects(inspection.profile(0, 60_000), { code: 'INSPECTION_FAILED', message: /thread ended/ });
  });
});

describe('the heap snapshot of a thread', () => {
  for (const how of ['rests', 'awaits', 'loops', 'waits', 'backtracks']) {
    test(`is a complete file that only its owner may read: a thread that ${how}`, async (t) => {
      const { inspection } = await threadThat(t, how);
      const path = join(await temporaryFolder(t), 'thread.heapsnapshot');
      await inspection.heapSnapshot(0, path);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      const { snapshot, nodes } = JSON.parse(readFileSync(path, 'utf8'));
      assert.equal(nodes.length, snapshot.node_count * snapshot.meta.node_fields.length);
    });
  }

  test('is refused with the reason if its file cannot be written', async (t) => {
    const { inspection } = await threadThat(t, 'rests');
    const path = join(await temporaryFolder(t), 'missing', 'thread.heapsnapshot');
    await assert.rejects(inspection.heapSnapshot(0, path), { code: 'INSPECTION_FAILED', message: /ENOENT/ });
  });
});
