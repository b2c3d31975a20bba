import type { Environment } from './environment.js';

/** What a connection name is made of. */
export interface ConnectionNameParts extends Pick<Environment, 'nomadJobName' | 'nomadAllocId' | 'hostname'> {
  readonly pid: number;
  /** From 0 up to 1, as Math.random gives it. */
  readonly random: () => number;
}

/** The name that the broker's management pages show: `JOB.ALLOC` under Nomad, else `HOSTNAME-PID-RANDOM`. */
export function connectionName({ nomadJobName, nomadAllocId, hostname, pid, random }: ConnectionNameParts): string {
  if (nomadJobName !== undefined && nomadAllocId !== undefined) return `${nomadJobName}.${nomadAllocId}`;
  const suffix = Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0');
  return `${hostname}-${pid}-${suffix}`;
}
