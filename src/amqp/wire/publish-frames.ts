import type { OutgoingMessage } from '../messages/outgoing-message.js';
import { BASIC_CLASS, FRAME, FRAME_END, FRAME_OVERHEAD, METHOD, writeFrameHead, writeLongLong } from './frames.js';

/** Class, method and a reserved short before the route; an octet of flags behind it. */
const BEFORE_ROUTE = 6;
const METHOD_BYTES = BEFORE_ROUTE + 1;
/** Class, weight and body size. */
const BEFORE_PROPERTIES = 12;

/** A channel and its limit. */
export interface FrameTerms {
  readonly number: number;
  readonly frameMax: number;
}

/** Encodes messages as one buffer of frames; amqplib makes four buffers and one write per message. */
export function encodePublishes(
  { number: channel, frameMax }: FrameTerms,
  messages: readonly OutgoingMessage[],
): Buffer {
  const maxBody = frameMax - FRAME_OVERHEAD;
  let size = 0;
  for (const message of messages) size += sizeOf(message, maxBody);
  const frames = Buffer.allocUnsafe(size);
  let at = 0;
  const begin = (type: number, length: number): void => {
    at = writeFrameHead(frames, at, { type, channel, size: length });
  };
  const copy = ({ memory }: OutgoingMessage, start: number, end: number): void => {
    at += memory.copy(frames, at, start, end);
  };
  for (const message of messages) {
    const { routeAt, propertiesAt, bodyAt, end, mandatory } = message;
    begin(FRAME.method, METHOD_BYTES + propertiesAt - routeAt);
    at = frames.writeUInt16BE(0, frames.writeUInt32BE(METHOD.basicPublish, at));
    copy(message, routeAt, propertiesAt);
    frames[at++] = mandatory ? 1 : 0;
    frames[at++] = FRAME_END;
    begin(FRAME.header, BEFORE_PROPERTIES + bodyAt - propertiesAt);
    at = writeLongLong(frames, end - bodyAt, frames.writeUInt32BE(BASIC_CLASS << 16, at));
    copy(message, propertiesAt, bodyAt);
    frames[at++] = FRAME_END;
    for (let from = bodyAt; from < end; from += maxBody) {
      const to = Math.min(end, from + maxBody);
      begin(FRAME.body, to - from);
      copy(message, from, to);
      frames[at++] = FRAME_END;
    }
  }
  return frames;
}

function sizeOf({ routeAt, bodyAt, end }: OutgoingMessage, maxBody: number): number {
  const bodyFrames = Math.ceil((end - bodyAt) / maxBody);
  return METHOD_BYTES + BEFORE_PROPERTIES + (end - routeAt) + (2 + bodyFrames) * FRAME_OVERHEAD;
}

/** Bytes of the content header frame, which AMQP cannot split. */
export function headerFrameBytes({ propertiesAt, bodyAt }: OutgoingMessage): number {
  return FRAME_OVERHEAD + BEFORE_PROPERTIES + bodyAt - propertiesAt;
}
