import type { TestVhost } from '../../support/broker/test-vhost.js';
import { PATIENCE_MS } from '../../support/daemon/stage.js';
import { waitFor } from '../../support/wait.js';

export type QueueType = 'classic' | 'quorum';

/** Waits until the killed command's connections are gone, and the broker has requeued what it held. */
export async function untilAllAreBack(vhost: TestVhost, type: QueueType): Promise<void> {
  const unacked = type === 'classic' ? unackedNow : checkedOutNow;
  const isBack = async (): Promise<boolean> => (await vhost.connections()).length === 0 && (await unacked(vhost)) === 0;
  await waitFor(isBack, { what: 'the broker to requeue the held messages', timeoutMs: PATIENCE_MS });
}

async function unackedNow(vhost: TestVhost): Promise<number | undefined> {
  return (await vhost.queueDepths()).get('q.dead')?.unacked;
}

/** Asks the queue itself: `list_queues` has figures of a quorum queue that are up to five seconds old. */
async function checkedOutNow(vhost: TestVhost): Promise<number> {
  const server = `{'${vhost.vhost}_q.dead', node()}`;
  const query = `{ok, {_, Count}, _} = ra:local_query(${server}, fun rabbit_fifo:query_messages_checked_out/1), Count.`;
  return Number(await vhost.broker.ctl('eval', query));
}
