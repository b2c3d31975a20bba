import type { Contestant } from '../contestant.js';
import { daemonThatAcks, daemonThatReturns } from './daemon.js';
import { plainAmqplib } from './plain-amqplib.js';

/** What the ratios are against. */
export const BASELINE: Contestant = plainAmqplib;

export const CONTESTANTS: readonly Contestant[] = [plainAmqplib, daemonThatAcks, daemonThatReturns];
