import { duration, mapping, megabytes, present, wholeNumber } from './vocabulary.js';

export const recycleSchema = mapping(
  {
    messages: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional().describe('After this many messages of this entry'),
    heap_mb: megabytes(16)
      .optional()
      .describe('When more MiB than this are in use after a full garbage collection, Buffers included'),
    age: duration()
      .optional()
      .describe('After this time, such as 6h; a little less for each thread, so that not all are replaced at once'),
  },
  'a mapping with messages, heap_mb, age, or several of them',
).transform(({ messages, heap_mb: heapMb, age }) => present({ messages, heapMb, ageMs: age }));
