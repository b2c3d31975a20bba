import type { TcpProxy } from '../network/tcp-proxy.js';
import type { Daemon } from './daemon.js';

const LEFT_OUT = / {2}consumers\[(\d+)\]: the broker closed the connection over .*number of channels.*; skipping it/;
const ROUNDS = 20;

/**
 * Cuts the connection until the daemon leaves out an entry of `consumers:` over a limit of channels, and returns its index.
 * RabbitMQ counts channels a moment late: several that are opened at once may all get in, beyond the limit.
 */
export async function cutUntilLeftOut(daemon: Daemon, proxy: TcpProxy): Promise<number> {
  for (let round = 0; round < ROUNDS; round++) {
    const from = daemon.lines.length;
    proxy.cut();
    await daemon.waitForLine({ msg: /^consuming again$/, from }, 60_000);
    const index = leftOut(daemon);
    if (index !== undefined) return index;
  }
  throw new Error(`${ROUNDS} connections had room for every entry`);
}

/** The index of the entry that is left out, if one is. */
export function leftOut(daemon: Daemon): number | undefined {
  const [index] = daemon.lines.flatMap(({ msg }) => LEFT_OUT.exec(String(msg))?.[1] ?? []);
  return index === undefined ? undefined : Number(index);
}
