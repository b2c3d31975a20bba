import { formatProblem, loadConfiguration } from '../src/config/index.js';

/** The part of the shop's config.yml that the summary needs. */
export interface ShopPlan {
  readonly exchanges: readonly string[];
  readonly queues: readonly { readonly name: string; readonly patterns: readonly string[] }[];
}

/** @throws when the file has problems */
export async function readPlan(file: string): Promise<ShopPlan> {
  const reading = await loadConfiguration(file);
  if (!reading.ok) throw new Error(reading.problems.map(formatProblem).join('\n'));
  const { exchanges, queues } = reading.configuration;
  return {
    exchanges: exchanges.map(({ exchange }) => exchange),
    queues: queues.map(({ queue, bindings }) => ({
      name: queue,
      patterns: bindings.map(({ routingKey }) => routingKey),
    })),
  };
}

/** Counts the messages a queue was sent, given the messages per routing key. */
export function sentTo(patterns: readonly string[], published: ReadonlyMap<string, number>): number {
  const isBound = (routingKey: string): boolean => patterns.some((pattern) => matchesTopic(pattern, routingKey));
  return [...published].reduce((sum, [routingKey, count]) => sum + (isBound(routingKey) ? count : 0), 0);
}

/**
 * Matches a topic pattern without `#`; the shop has none (https://www.rabbitmq.com/tutorials/tutorial-five-javascript).
 */
function matchesTopic(pattern: string, routingKey: string): boolean {
  const words = routingKey.split('.');
  const wanted = pattern.split('.');
  return words.length === wanted.length && wanted.every((word, index) => word === '*' || word === words[index]);
}
