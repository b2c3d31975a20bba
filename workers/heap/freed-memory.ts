/**
 * Just below 32 MiB, the largest block that glibc does not map. Freeing a mapped one of this size makes glibc keep
 * smaller ones, and return less than twice that to the system never (`M_MMAP_THRESHOLD` in mallopt(3)).
 */
const LARGEST_KEPT = 31 * 1024 * 1024;

/**
 * Keeps the memory of freed message copies in the process. The collector frees up to 64 MiB of them at once, which
 * glibc returned and faulted in again page by page: a third of a thread's time with bodies of 100 kB. The block is
 * never written, so it costs no memory.
 */
export function keepFreedMemory(): void {
  Buffer.allocUnsafeSlow(LARGEST_KEPT);
}
