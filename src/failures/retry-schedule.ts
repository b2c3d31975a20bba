/** How often and when a message is tried again. */
export interface RetryPlan {
  /** Deliveries in all, the first included. */
  readonly attempts: number;
  /** The wait after the first failure. */
  readonly delayMs: number;
  readonly backoff: 'exponential' | 'fixed';
  /** What each further wait is multiplied by, if exponential. */
  readonly factor: number;
  readonly maxDelayMs: number;
  /** The part of a wait by which it may be shorter, 0 to 1: what failed together should not come back together. */
  readonly jitter: number;
}

/** A wait: `nominalMs` names its delay queue, and `ms` is how long the message stays there. */
export interface Delay {
  readonly nominalMs: number;
  readonly ms: number;
}

/** The wait after the `attempt`-th failure, from 1. */
export function scheduledDelay(plan: RetryPlan, attempt: number, random: () => number): Delay {
  const grown = plan.backoff === 'fixed' ? plan.delayMs : plan.delayMs * plan.factor ** (attempt - 1);
  const nominalMs = Math.round(Math.min(plan.maxDelayMs, grown));
  return { nominalMs, ms: Math.round(nominalMs * (1 - plan.jitter * random())) };
}

/**
 * The wait that a consumer asked for. Rounded up to two digits for the name of its queue: a consumer that reckons its
 * delays to the millisecond would leave a queue behind for each of them.
 */
export function askedDelay(ms: number): Delay {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, ms))) - 1);
  return { nominalMs: Math.ceil(ms / step) * step, ms };
}
