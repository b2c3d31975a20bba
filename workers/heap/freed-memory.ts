/**
 * The largest block that glibc keeps rather than maps, less a little: 32 MiB. One of this size that was mapped and is freed
 * makes it keep all smaller ones from then on, and give none of the freed memory back to the system below twice that
 * (`M_MMAP_THRESHOLD` in mallopt(3)).
 */
const LARGEST_KEPT = 31 * 1024 * 1024;

/**
 * Each message is copied for its consumer, and the collector frees the copies in batches of up to 64 MiB: memory that was
 * given back to the system each time, and faulted in again page by page. That was a third of the thread's time with bodies
 * of 100 kB. The block is never written to, so it costs no memory itself; other allocators than glibc's are not moved by it.
 */
export function keepFreedMemory(): void {
  Buffer.allocUnsafeSlow(LARGEST_KEPT);
}
