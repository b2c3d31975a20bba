import type { SlotSpec } from '../../src/bridge/index.js';

/** A slot without user code. */
export const SPEC: SlotSpec = {
  slot: 0,
  path: 'consumers[0]',
  reference: { module: 'none', exportName: null },
  consumer: 'none',
  name: 'none',
  queue: 'jobs',
  consumerTag: 'tag',
  instance: 0,
  shutdownTimeoutMs: 1,
  options: {},
};
