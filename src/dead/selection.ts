import type { FieldTable } from '../amqp/index.js';
import { RECORD_HEADERS, RECORD_PREFIX } from '../bridge/index.js';
import type { DeadMessage } from './dead-message.js';
import { headerText } from './header-text.js';

/** `KEY=TEXT`: the header equals the text; `KEY~TEXT`: it contains the text. */
export interface Condition {
  readonly key: string;
  readonly operator: '=' | '~';
  readonly text: string;
}

/** Selects messages that have one of the ids, if any are given, and meet all conditions. */
export interface Selection {
  readonly ids: readonly string[];
  readonly conditions: readonly Condition[];
}

export const EVERYTHING: Selection = { ids: [], conditions: [] };

const RECORD_NAMES = new Set<string>(Object.values(RECORD_HEADERS));

/** @throws Error when KEY or the operator is missing */
export function parseCondition(written: string): Condition {
  const [, key, operator, text = ''] = /^([^=~]+)([=~])(.*)$/s.exec(written) ?? [];
  if (key === undefined || (operator !== '=' && operator !== '~')) {
    throw new Error(`"${written}" is not a condition (expected KEY=TEXT or KEY~TEXT)`);
  }
  return { key, operator, text };
}

export function isSelected(message: DeadMessage, { ids, conditions }: Selection): boolean {
  if (ids.length > 0 && !ids.includes(message.id)) return false;
  return conditions.every((condition) => holds(condition, message.headers ?? {}));
}

function holds({ key, operator, text }: Condition, headers: FieldTable): boolean {
  const ours = `${RECORD_PREFIX}${key}`;
  const value = headers[RECORD_NAMES.has(ours) ? ours : key];
  if (value === undefined) return false;
  return operator === '=' ? headerText(value) === text : headerText(value).includes(text);
}
