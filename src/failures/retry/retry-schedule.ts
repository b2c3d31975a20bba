/** When and how often to retry a message. */
export interface RetryPlan {
  /** Maximum number of deliveries, the first included; default 5. */
  readonly attempts: number;
  /** The wait after the first failure; default 1000. */
  readonly delayMs: number;
  readonly backoff: 'exponential' | 'fixed';
  /** Multiplies each further wait when backoff is exponential; default 4. */
  readonly factor: number;
  readonly maxDelayMs: number;
  /** Fraction of a wait, 0 to 1, by which it may be shorter; spreads messages that failed together; default 0.2. */
  readonly jitter: number;
}

/** A wait: `nominalMs` names its delay queue, `ms` is how long the message stays there. */
export interface Delay {
  readonly nominalMs: number;
  readonly ms: number;
}

/** The wait after a failed attempt, counted from 1. */
export function scheduledDelay(plan: RetryPlan, attempt: number, random: () => number): Delay {
  const grown = plan.backoff === 'fixed' ? plan.delayMs : plan.delayMs * plan.factor ** (attempt - 1);
  const nominalMs = Math.round(Math.min(plan.maxDelayMs, grown));
  return { nominalMs, ms: Math.round(nominalMs * (1 - plan.jitter * random())) };
}

/**
 * The wait that a consumer asked for. Its queue's name is rounded up to two digits, because a consumer with delays
 * exact to the millisecond would leave a queue behind for each.
 */
export function askedDelay(ms: number): Delay {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, ms))) - 1);
  return { nominalMs: Math.ceil(ms / step) * step, ms };
}
