import type { Environment } from '../environment.js';

/** The parts of a connection name. */
export interface ConnectionNameParts extends Pick<Environment, 'nomadJobName' | 'nomadAllocId' | 'hostname'> {
  readonly pid: number;
  readonly random: () => number;
}

/** The name shown in the management UI: `JOB.ALLOC` under Nomad, otherwise `HOSTNAME-PID-RANDOM`. */
export function connectionName({ nomadJobName, nomadAllocId, hostname, pid, random }: ConnectionNameParts): string {
  if (nomadJobName !== undefined && nomadAllocId !== undefined) return `${nomadJobName}.${nomadAllocId}`;
  const suffix = Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0');
  return `${hostname}-${pid}-${suffix}`;
}
