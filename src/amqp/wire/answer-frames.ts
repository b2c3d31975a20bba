import { FRAME, FRAME_END, FRAME_OVERHEAD, METHOD, writeFrameHead, writeLongLong } from './frames.js';

/** An answer to one delivery, or to all up to it. */
export interface Answer {
  readonly tag: number;
  readonly answer: keyof typeof METHODS;
  readonly multiple: boolean;
}

/** Class, method, tag and flags. */
const PAYLOAD_BYTES = 13;
const FRAME_BYTES = PAYLOAD_BYTES + FRAME_OVERHEAD;

/** The method and flags of each answer, without `multiple` (https://www.rabbitmq.com/amqp-0-9-1-reference). */
const METHODS = {
  ack: { id: METHOD.basicAck, flags: 0 },
  nackRequeue: { id: METHOD.basicNack, flags: 2 },
  nackDrop: { id: METHOD.basicNack, flags: 0 },
  rejectRequeue: { id: METHOD.basicReject, flags: 1 },
  rejectDrop: { id: METHOD.basicReject, flags: 0 },
} as const;

/** Encodes answers as one buffer of frames. */
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
