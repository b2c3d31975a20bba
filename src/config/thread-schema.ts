import { duration, mapping, megabytes, present, wholeNumber } from './vocabulary.js';

export const recycleSchema = mapping(
  {
    messages: wholeNumber(1, Number.MAX_SAFE_INTEGER)
      .optional()
      .describe('Messages of this entry that a thread serves before another takes its place'),
    heap_mb: megabytes(16)
      .optional()
      .describe('MiB that may be left in a thread, its Buffers included, when all garbage is collected'),
    age: duration().optional().describe('How long a thread serves: 6h; each a little less, so that not all go at once'),
  },
  'a mapping with messages, heap_mb, age, or several of them',
).transform(({ messages, heap_mb: heapMb, age }) => present({ messages, heapMb, ageMs: age }));
