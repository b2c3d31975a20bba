import { FRAME, FRAME_END, FRAME_OVERHEAD, METHOD, writeFrameHead, writeLongLong } from './frames.js';

/** What is to be told to the broker about one delivery, or about all up to it. */
export interface Answer {
  readonly tag: number;
  readonly answer: keyof typeof METHODS;
  /** All outstanding deliveries up to the tag as well. */
  readonly multiple: boolean;
}

/** Class, method, tag and one octet of flags: the same for all three methods. */
const PAYLOAD_BYTES = 13;
const FRAME_BYTES = PAYLOAD_BYTES + FRAME_OVERHEAD;

/** The method of each answer, and its flags but for `multiple` (https://www.rabbitmq.com/amqp-0-9-1-reference). */
const METHODS = {
  ack: { id: METHOD.basicAck, flags: 0 },
  nackRequeue: { id: METHOD.basicNack, flags: 2 },
  nackDrop: { id: METHOD.basicNack, flags: 0 },
  rejectRequeue: { id: METHOD.basicReject, flags: 1 },
  rejectDrop: { id: METHOD.basicReject, flags: 0 },
} as const;

/** Answers as one buffer of frames. */
export function encodeAnswers(channel: number, answers: readonly Answer[]): Buffer {
  const frames = Buffer.allocUnsafe(answers.length * FRAME_BYTES);
  let at = 0;
  for (const { tag, answer, multiple } of answers) {
    const { id, flags } = METHODS[answer];
    at = writeFrameHead(frames, at, { type: FRAME.method, channel, size: PAYLOAD_BYTES });
    at = writeLongLong(frames, tag, frames.writeUInt32BE(id, at));
    frames[at++] = multiple ? flags | 1 : flags;
    frames[at++] = FRAME_END;
  }
  return frames;
}
