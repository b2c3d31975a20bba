import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PrivateBroker } from '../support/broker/private-broker.js';
import type { Daemon } from '../support/daemon/daemon.js';
import type { TcpProxy } from '../support/network/tcp-proxy.js';
import { waitFor } from '../support/wait.js';

/** Everything that a fault can act on. */
export interface Scene {
  readonly broker: PrivateBroker;
  /** Carries both connections of the daemon, but not the load. */
  readonly proxy: TcpProxy;
  readonly daemon: Daemon;
  /** Folder where consumers look for traps. */
  readonly traps: string;
}

export interface FaultKind {
  readonly name: string;
  /** Strikes once; resolves when the daemon has recovered, with the number of strikes if not 1. */
  strike(scene: Scene): Promise<number | void>;
}

const PATIENCE_MS = 90_000;
const SLOW_MS = 3_000;
const ALARM_MS = 2_000;
const CUTS = 4;
const BASIC_ACK = '60.80';

/** Faults that are quick enough for a run of a minute. */
export const FAULTS: readonly FaultKind[] = [
  {
    name: 'connection reset',
    strike: ({ proxy, daemon }) => untilBack(daemon, () => proxy.cut()),
  },
  {
    name: 'silent line (two heartbeats)',
    strike: ({ proxy, daemon }) =>
      untilBack(daemon, async () => {
        const from = daemon.lines.length;
        proxy.blackhole();
        await bothLost(daemon, from);
        proxy.restore();
      }),
  },
  {
    name: 'half-open connection',
    strike: ({ proxy, daemon }) =>
      untilBack(daemon, async () => {
        const from = daemon.lines.length;
        proxy.halfOpen();
        await bothLost(daemon, from);
      }),
  },
  {
    name: 'flapping line',
    strike: async ({ proxy, daemon }) => {
      const before = proxy.cuts;
      proxy.flap(400);
      await waitFor(() => proxy.cuts >= before + CUTS, { timeoutMs: PATIENCE_MS, what: `${CUTS} cuts` });
      proxy.steady();
      await untilBack(daemon, () => proxy.cut());
      return proxy.cuts - before;
    },
  },
  {
    name: 'slow line',
    strike: async ({ proxy }) => {
      proxy.delay(100);
      proxy.trickle(30_000);
      await sleep(SLOW_MS);
      proxy.trickle(0);
      proxy.delay(0);
    },
  },
  {
    name: 'swallowed acks, then a reset',
    strike: async ({ proxy, daemon }) => {
      let swallowed = 0;
      proxy.dropFrames(({ method }) => method === BASIC_ACK && (swallowed += 1) > 0);
      await waitFor(() => swallowed > 0, { timeoutMs: PATIENCE_MS, what: 'an ack to be swallowed' });
      await untilBack(daemon, () => {
        proxy.cut();
        proxy.dropFrames();
      });
    },
  },
  {
    name: 'swallowed acks, left alone',
    // On one channel only: its deliveries stop, while the connection and other queues go on.
    strike: async ({ proxy, daemon }) => {
      const from = daemon.lines.length;
      let robbed: number | undefined;
      proxy.dropFrames(({ method, channel }) => method === BASIC_ACK && channel === (robbed ??= channel));
      await daemon.waitForLine({ msg: /^subscription to .* lost: it delivered nothing/, from }, PATIENCE_MS);
      proxy.dropFrames();
      await daemon.waitForLine({ msg: /^subscribed to .* again$/, from }, PATIENCE_MS);
    },
  },
  {
    name: 'broker closes the connections',
    strike: ({ broker, daemon }) =>
      untilBack(daemon, async () => {
        const own = (await broker.connections()).filter(({ clientName }) => clientName !== 'load');
        await Promise.all(own.map((connection) => broker.closeConnection(connection, 'closed by the soak')));
      }),
  },
  { name: 'a consumer throws', strike: (scene) => untilStepped(scene, 'throw', /consume failed/) },
  { name: 'a thread exits', strike: (scene) => untilStepped(scene, 'exit', /^worker thread \d is ready again/) },
  {
    name: 'a thread is out of memory',
    strike: (scene) => untilStepped(scene, 'eat', /^worker thread \d is ready again/),
  },
  { name: 'memory alarm', strike: raiseAlarm },
];

/** Takes half a minute. */
export const RESTART: FaultKind = {
  name: 'broker killed and started',
  strike: ({ broker, daemon }) =>
    untilBack(daemon, async () => {
      await broker.kill();
      await broker.start();
    }),
};

/** Resolves once both connections and all subscriptions are back. */
async function untilBack(daemon: Daemon, strike: () => unknown): Promise<void> {
  const from = daemon.lines.length;
  await strike();
  await daemon.waitForLine({ msg: /^consuming again$/, from }, PATIENCE_MS);
  await waitFor(
    () =>
      daemon.lines
        .slice(from)
        .some(
          ({ msg, connection }) => String(msg).startsWith('connected') && String(connection).endsWith('.publisher'),
        ),
    { timeoutMs: PATIENCE_MS, what: 'the publisher to be connected again' },
  );
}

async function bothLost(daemon: Daemon, from: number): Promise<void> {
  const lost = (): number =>
    daemon.lines.slice(from).filter(({ msg }) => String(msg).startsWith('connection lost')).length;
  await waitFor(() => lost() >= 2, { timeoutMs: PATIENCE_MS, what: 'both connections to be noticed as lost' });
}

/** Sets a trap for the next message that begins. */
async function untilStepped({ daemon, traps }: Scene, trap: string, sign: RegExp): Promise<void> {
  const from = daemon.lines.length;
  const file = join(traps, trap);
  writeFileSync(file, '');
  await waitFor(() => !existsSync(file), { timeoutMs: PATIENCE_MS, what: `a consumer to step on the trap "${trap}"` });
  await daemon.waitForLine({ msg: sign, from }, PATIENCE_MS);
}

/** While the alarm lasts, the broker reads nothing from publishers: neither from the load nor from the daemon. */
async function raiseAlarm({ broker }: Scene): Promise<void> {
  try {
    await broker.ctl('set_vm_memory_high_watermark', '0.00001');
    await sleep(ALARM_MS);
  } finally {
    await broker.ctl('set_vm_memory_high_watermark', '0.4');
  }
}
