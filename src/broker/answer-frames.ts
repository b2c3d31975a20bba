import type { AnswerName } from '../protocol/index.js';

/** What is to be told to the broker about one delivery, or about all up to it. */
export interface Answer {
  readonly tag: number;
  readonly answer: Exclude<AnswerName, 'none'>;
  /** All outstanding deliveries up to the tag as well. */
  readonly multiple: boolean;
}

const METHOD_FRAME = 1;
const HEAD_BYTES = 7;
/** Class, method, tag and one octet of flags: the same for all three methods. */
const PAYLOAD_BYTES = 13;
const FRAME_BYTES = HEAD_BYTES + PAYLOAD_BYTES + 1;
const END = 0xce;
const WORD = 2 ** 32;
const BASIC_CLASS = 60 << 16;

/** The method of each answer, and its flags but for `multiple` (https://www.rabbitmq.com/amqp-0-9-1-reference). */
const METHODS = {
  ack: { id: BASIC_CLASS + 80, flags: 0 },
  nackRequeue: { id: BASIC_CLASS + 120, flags: 2 },
  nackDrop: { id: BASIC_CLASS + 120, flags: 0 },
  rejectRequeue: { id: BASIC_CLASS + 90, flags: 1 },
  rejectDrop: { id: BASIC_CLASS + 90, flags: 0 },
} as const;

/** Answers as one buffer of frames, to be given to amqplib in place of the fields of a method (joined-writes.ts). */
export class AnswerFrames {
  private readonly answers: readonly Answer[];

  constructor(answers: readonly Answer[]) {
    this.answers = answers;
  }

  encode(channel: number): Buffer {
    const frames = Buffer.allocUnsafe(this.answers.length * FRAME_BYTES);
    let at = 0;
    for (const { tag, answer, multiple } of this.answers) {
      const { id, flags } = METHODS[answer];
      frames[at] = METHOD_FRAME;
      frames.writeUInt16BE(channel, at + 1);
      frames.writeUInt32BE(PAYLOAD_BYTES, at + 3);
      frames.writeUInt32BE(id, at + HEAD_BYTES);
      frames.writeUInt32BE(Math.floor(tag / WORD), at + HEAD_BYTES + 4);
      frames.writeUInt32BE(tag % WORD, at + HEAD_BYTES + 8);
      frames[at + HEAD_BYTES + 12] = multiple ? flags | 1 : flags;
      frames[at + FRAME_BYTES - 1] = END;
      at += FRAME_BYTES;
    }
    return frames;
  }
}
