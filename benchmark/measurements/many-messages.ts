import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonRecord, parseRecordLines } from '../../test/support/json-record.js';
import { waitFor } from '../../test/support/wait.js';
import { publishBounded } from '../broker/bounded-publisher.js';
import type { QueueAdmin } from '../broker/queue-admin.js';
import { MILESTONES, type Milestone, type MilestonePlan } from '../probes/milestones.js';
import { startDaemon } from '../processes/daemon-process.js';
import { inRoundFolder } from '../processes/round-folder.js';
import { spreadOf } from '../statistics/spread.js';

export interface ManyMessagesOptions {
  readonly url: string;
  readonly queueAdmin: QueueAdmin;
  readonly messages: number;
}

/** Many messages through one consumer, in tenths. */
export interface ManyMessages {
  readonly messages: number;
  readonly bodyBytes: number;
  readonly tenths: readonly Tenth[];
  /** Messages per second of the last tenth divided by the median: 1 is linear. */
  readonly lastToMedian: number;
  /** Processor time of the main thread divided by elapsed time: 1 is a whole core. Undefined where there is no /proc. */
  readonly mainShare: number | undefined;
  /** The same of all threads of the process. */
  readonly processShare: number;
}

export interface Tenth {
  readonly messagesPerSecond: number;
  /** Processor time of all threads for each message: the daemon's own part, however fast the others are. */
  readonly cpuMicroseconds: number;
  /** At its end. */
  readonly residentBytes: number;
}

const PARTS = 10;
const BODY_BYTES = 200;
const PREFETCH = 100;
const MOST_WAITING = 10_000;
const TIMEOUT_MS = 600_000;
const QUEUE = 'benchmark.many-messages';

/** The harness publishes meanwhile on the same machine, so this rate compares with no other. */
export async function measureManyMessages({ url, queueAdmin, messages }: ManyMessagesOptions): Promise<ManyMessages> {
  await queueAdmin.create({ queue: QUEUE, messages: 0, bodyBytes: BODY_BYTES });
  try {
    return await inRoundFolder(async (folder) => {
      const plan: MilestonePlan = { messages, parts: PARTS, resultFile: join(folder, 'milestones.jsonl') };
      const env = { [MILESTONES]: JSON.stringify(plan) };
      const common = { url, queue: QUEUE, folder, env };
      const daemon = await startDaemon({ ...common, consumer: 'milestones', threads: 1, prefetch: PREFETCH });
      try {
        await daemon.ready();
        await publishBounded({ url, queue: QUEUE, messages, bodyBytes: BODY_BYTES, mostWaiting: MOST_WAITING });
        return resultOf(messages, await milestonesIn(plan.resultFile));
      } finally {
        await daemon.stop();
      }
    });
  } finally {
    await queueAdmin.delete(QUEUE);
  }
}

async function milestonesIn(file: string): Promise<Milestone[]> {
  return waitFor(
    async () => {
      const milestones = parseRecordLines(await readFile(file, 'utf8').catch(() => '')).map(toMilestone);
      return milestones.length > PARTS && milestones;
    },
    { what: 'the last milestone', timeoutMs: TIMEOUT_MS, everyMs: 100 },
  );
}

function toMilestone({ messages, atMs, residentBytes, mainMs, processMs }: JsonRecord): Milestone {
  return {
    messages: Number(messages),
    atMs: Number(atMs),
    residentBytes: Number(residentBytes),
    mainMs: typeof mainMs === 'number' ? mainMs : undefined,
    processMs: Number(processMs),
  };
}

/** @throws RangeError when there are no two milestones */
export function resultOf(messages: number, milestones: readonly Milestone[]): ManyMessages {
  const [first, last] = [milestones[0], milestones.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('there are no milestones');
  const tenths = milestones.slice(1).map((end, index) => tenthOf(milestones[index] ?? first, end));
  const rates = tenths.map(({ messagesPerSecond }) => messagesPerSecond);
  const ms = last.atMs - first.atMs;
  const isKnown = last.mainMs !== undefined && first.mainMs !== undefined;
  return {
    messages,
    bodyBytes: BODY_BYTES,
    tenths,
    lastToMedian: (rates.at(-1) ?? Number.NaN) / spreadOf(rates).median,
    mainShare: isKnown ? (last.mainMs - first.mainMs) / ms : undefined,
    processShare: (last.processMs - first.processMs) / ms,
  };
}

function tenthOf(begin: Milestone, end: Milestone): Tenth {
  const messages = end.messages - begin.messages;
  return {
    messagesPerSecond: (messages / (end.atMs - begin.atMs)) * 1000,
    cpuMicroseconds: ((end.processMs - begin.processMs) / messages) * 1000,
    residentBytes: end.residentBytes,
  };
}
