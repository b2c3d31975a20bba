import { z } from 'zod';
import { PROPERTY_FIELDS, type PropertyName } from '../../amqp/index.js';
import { nearestWord } from '../../errors/index.js';

/** The ordering key of an entry's messages. */
export type PartitionBy =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'property'; readonly name: PropertyName }
  | { readonly kind: 'routing_key' };

const HEADER = 'header.';
const PROPERTY = 'property.';
/** AMQP sends header names as short strings. */
const LONGEST_NAME_BYTES = 255;

const PROPERTIES = new Map(
  PROPERTY_FIELDS.flatMap(([name]): [string, PropertyName][] => (name === 'headers' ? [] : [[asWritten(name), name]])),
);

const PATTERN = new RegExp(`^(?:header\\.[^]+|routing_key|property\\.(?:${[...PROPERTIES.keys()].join('|')}))$`);

/** The schema for `partition_by`; parses it. */
export const partitionBy = () =>
  z
    .string({ error: expected })
    .regex(PATTERN, { error: expected })
    .transform((written, context) => {
      const parsed = parsePartitionBy(written);
      if (parsed !== undefined) return parsed;
      context.addIssue({ code: 'custom', message: expected({ input: written }), input: written });
      return z.NEVER;
    });

/** Parses `header.NAME`, `routing_key` or `property.NAME`; undefined for anything else. */
export function parsePartitionBy(written: string): PartitionBy | undefined {
  if (written === 'routing_key') return { kind: 'routing_key' };
  if (written.startsWith(HEADER)) {
    const name = written.slice(HEADER.length);
    const length = Buffer.byteLength(name);
    return length > 0 && length <= LONGEST_NAME_BYTES ? { kind: 'header', name } : undefined;
  }
  const name = written.startsWith(PROPERTY) ? PROPERTIES.get(written.slice(PROPERTY.length)) : undefined;
  return name === undefined ? undefined : { kind: 'property', name };
}

/** What would have been right for this input; completes the sentence "expected …". */
function expected({ input }: { readonly input?: unknown }): string {
  const ways = 'header.NAME, routing_key or property.NAME';
  if (typeof input !== 'string') return ways;
  if (!input.startsWith(PROPERTY)) {
    return nearestWord(input, ['routing_key']) === undefined ? ways : `${ways}; did you mean "routing_key"?`;
  }
  const nearest = nearestWord(input.slice(PROPERTY.length), [...PROPERTIES.keys()]);
  if (nearest !== undefined) return `${ways}; did you mean "${PROPERTY}${nearest}"?`;
  return `${ways}; the properties are ${[...PROPERTIES.keys()].join(', ')}`;
}

function asWritten(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
