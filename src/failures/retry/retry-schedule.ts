/** When and how often to retry a message. */
export interface RetryPlan {
  /** Maximum number of deliveries; default 5. */
  readonly attempts: number;
  /** After the first failure; default 1000. */
  readonly delayMs: number;
  readonly backoff: 'exponential' | 'fixed';
  /** Multiplies each further exponential wait; default 4. */
  readonly factor: number;
  readonly maxDelayMs: number;
  /** Shortens a wait by a random fraction up to this, 0 to 1, to spread messages that failed together; default 0.2. */
  readonly jitter: number;
}

/** `nominalMs` names the delay queue, `ms` is the wait. */
export interface Delay {
  readonly nominalMs: number;
  readonly ms: number;
}

/** Returns the wait after a failed attempt, counted from 1. */
export function scheduledDelay(plan: RetryPlan, attempt: number, random: () => number): Delay {
  const grown = plan.backoff === 'fixed' ? plan.delayMs : plan.delayMs * plan.factor ** (attempt - 1);
  const nominalMs = Math.round(Math.min(plan.maxDelayMs, grown));
  return { nominalMs, ms: Math.round(nominalMs * (1 - plan.jitter * random())) };
}

/**
 * Returns the wait that a consumer asked for; its queue's name has two significant digits, or exact delays would create
 * a queue each.
 */
export function askedDelay(ms: number): Delay {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, ms))) - 1);
  return { nominalMs: Math.ceil(ms / step) * step, ms };
}
