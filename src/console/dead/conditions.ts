import { EVERYTHING, parseCondition, type Selection } from '../../dead/index.js';
import { isSecret } from './thread/masked.js';

const HEADER_KEY = 'header.';

/**
 * Reads filters as `--where` does, but none on a header whose value is masked: it could be guessed letter by letter.
 * @param nowMs the time that ages count back from
 * @throws Error when one is wrong
 */
export function selectionOf(where: readonly string[], nowMs: number): Selection {
  const conditions = where.map((written) => {
    const condition = parseCondition(written, nowMs);
    if (condition.kind === 'text' && condition.key.startsWith(HEADER_KEY) && isSecret(condition.key)) {
      throw new Error(
        `"${condition.key}" may hold a secret, so the console does not compare it: use amqp-dispatcher dead`,
      );
    }
    return condition;
  });
  return { ...EVERYTHING, conditions };
}
