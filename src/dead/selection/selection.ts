import type { DeadMessage } from '../message/dead-message.js';
import { type Condition, holds } from './condition.js';

/** Selects messages that have one of the ids, if any are given, and meet all conditions. */
export interface Selection {
  readonly ids: readonly string[];
  readonly conditions: readonly Condition[];
  /** Content hashes; each selects as many messages as it is listed. Absent: any content. */
  readonly contents?: readonly string[];
}

export const EVERYTHING: Selection = { ids: [], conditions: [] };

/** True for a selection without any restriction. */
export function isEverything({ ids, conditions, contents }: Selection): boolean {
  return ids.length + conditions.length === 0 && contents === undefined;
}

export function isSelected(message: DeadMessage, { ids, conditions }: Selection): boolean {
  if (ids.length > 0 && !ids.includes(message.id)) return false;
  return conditions.every((condition) => holds(condition, message));
}

/** Counts the contents that a selection still wants. */
export class WantedContents {
  private readonly left: Map<string, number> | undefined;

  constructor({ contents }: Selection) {
    if (contents === undefined) return;
    const left = new Map<string, number>();
    for (const hash of contents) left.set(hash, (left.get(hash) ?? 0) + 1);
    this.left = left;
  }

  /** True when one more of the message's content is wanted, which then counts. */
  take(message: DeadMessage): boolean {
    if (this.left === undefined) return true;
    const hash = message.contentHash;
    const left = this.left.get(hash) ?? 0;
    this.left.set(hash, left - 1);
    return left > 0;
  }
}
