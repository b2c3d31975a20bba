import type { Contestant } from '../contestants/contestant.js';
import type { RoundFigures, SampleWindow } from '../statistics/samples.js';
import type { Workload } from '../workloads/workload.js';
import { type RoundOptions, whileConsuming } from './consuming.js';

/** Samples in one round: enough to be exact, few enough to cost nothing. */
const SAMPLES = 100;

/** Measures one contestant, which is the only one that runs. */
export async function runRound(contestant: Contestant, options: RoundOptions): Promise<RoundFigures> {
  const { workload } = options;
  const window = windowOf(workload, contestant);
  const { sampleEvery } = window;
  const messages = messagesFor(window, workload.instances);
  return whileConsuming({ ...options, contestant, messages, sampleEvery }, async ({ until }) => until(window));
}

function windowOf({ messages, warmUp }: Workload, { share = 1 }: Contestant): SampleWindow {
  const [measured, before] = [Math.ceil(messages * share), Math.ceil(warmUp * share)];
  return { messages: measured, warmUp: before, sampleEvery: Math.max(1, Math.floor((measured + before) / SAMPLES)) };
}

/** Each thread may have counted nearly `sampleEvery` messages since its last sample, so the queue needs that many more. */
function messagesFor({ messages, warmUp, sampleEvery }: SampleWindow, threads: number): number {
  return warmUp + messages + (threads + 1) * sampleEvery;
}
