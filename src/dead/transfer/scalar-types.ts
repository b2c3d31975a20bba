/** A type of AMQP with a fixed size, and how JSON writes its values: 64 bits as text. */
export interface Scalar {
  readonly tag: string;
  readonly bytes: number;
  readonly read: (bytes: Buffer) => string | number;
  readonly write: (value: string | number, bytes: Buffer) => void;
}

const scalar = (
  tag: string,
  bytes: number,
  read: Scalar['read'],
  write: (value: number, target: Buffer) => void,
): Scalar => ({ tag, bytes, read, write: (value, target) => write(Number(value), target) });

const long = (tag: string): Scalar => ({
  tag,
  bytes: 8,
  read: (bytes) => String(bytes.readBigInt64BE()),
  write: (value, target) => void target.writeBigInt64BE(BigInt(value)),
});

const SCALARS: Readonly<Record<string, Scalar>> = {
  int8: scalar(
    'b',
    1,
    (bytes) => bytes.readInt8(),
    (value, target) => target.writeInt8(value),
  ),
  uint8: scalar(
    'B',
    1,
    (bytes) => bytes.readUInt8(),
    (value, target) => target.writeUInt8(value),
  ),
  int16: scalar(
    's',
    2,
    (bytes) => bytes.readInt16BE(),
    (value, target) => target.writeInt16BE(value),
  ),
  uint16: scalar(
    'u',
    2,
    (bytes) => bytes.readUInt16BE(),
    (value, target) => target.writeUInt16BE(value),
  ),
  int32: scalar(
    'I',
    4,
    (bytes) => bytes.readInt32BE(),
    (value, target) => target.writeInt32BE(value),
  ),
  uint32: scalar(
    'i',
    4,
    (bytes) => bytes.readUInt32BE(),
    (value, target) => target.writeUInt32BE(value),
  ),
  int64: long('l'),
  long: long('L'),
  timestamp: long('T'),
  float: scalar(
    'f',
    4,
    (bytes) => bytes.readFloatBE(),
    (value, target) => target.writeFloatBE(value),
  ),
  double: scalar(
    'd',
    8,
    (bytes) => bytes.readDoubleBE(),
    (value, target) => target.writeDoubleBE(value),
  ),
};
/** The names of the types, by their tag on the wire. */
export const TYPES_BY_TAG: ReadonlyMap<string, string> = new Map(
  Object.entries(SCALARS).map(([type, { tag }]) => [tag, type]),
);

/** Encodes a value with its tag. @throws TypeError for an unknown type; RangeError or SyntaxError for a value that it cannot hold */
export function scalarBytes(type: string, value: string | number): Buffer {
  const { tag, bytes, write } = scalarOf(type);
  const encoded = Buffer.alloc(1 + bytes);
  encoded.write(tag, 'latin1');
  write(value, encoded.subarray(1));
  return encoded;
}

/** @throws TypeError for an unknown type */
export function scalarOf(type: string): Scalar {
  const found = Object.hasOwn(SCALARS, type) ? SCALARS[type] : undefined;
  if (found === undefined) throw new TypeError(`"${type}" is not an AMQP type`);
  return found;
}
