/**
 * Just below 32 MiB, glibc's largest unmapped block. Freeing a mapped one of this size makes glibc keep smaller ones,
 * and return nothing to the system below twice the size (`M_MMAP_THRESHOLD` in mallopt(3)).
 */
const LARGEST_KEPT = 31 * 1024 * 1024;

/**
 * Keeps the memory of freed message copies, which glibc returned and faulted in again page by page: a third of a
 * thread's time with bodies of 100 kB. The block is never written, so it costs no memory.
 */
export function keepFreedMemory(): void {
  Buffer.allocUnsafeSlow(LARGEST_KEPT);
}
