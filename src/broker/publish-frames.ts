import type { OutgoingMessage } from '../amqp/index.js';

/**
 * Messages as the frames that publish them, all in one buffer: amqplib would make four buffers of each message and one
 * write of it. Route and property list are copied as they came from the worker.
 */

const TYPE = { method: 1, header: 2, body: 3 } as const;
const FRAME_HEAD_BYTES = 7;
const FRAME_BYTES = FRAME_HEAD_BYTES + 1;
const END = 0xce;
const BASIC_CLASS = 60;
const BASIC_PUBLISH = (BASIC_CLASS << 16) + 40;
/** Class and method and a reserved short before the route, one octet of flags behind it. */
const BEFORE_ROUTE = 6;
const METHOD_BYTES = BEFORE_ROUTE + 1;
/** Class, weight and size of the body. */
const BEFORE_PROPERTIES = 12;
const WORD = 2 ** 32;

/** What was agreed with the broker. */
export interface FrameTerms {
  readonly channel: number;
  /** Bytes of a whole frame. */
  readonly frameMax: number;
}

/** The publishes of a turn, to be given to amqplib in place of the fields of one (joined-writes.ts). */
export class PublishFrames {
  private readonly messages: readonly OutgoingMessage[];

  constructor(messages: readonly OutgoingMessage[]) {
    this.messages = messages;
  }

  encode({ channel, frameMax }: FrameTerms): Buffer {
    const maxBody = frameMax - FRAME_BYTES;
    let size = 0;
    for (const message of this.messages) size += sizeOf(message, maxBody);
    const frames = Buffer.allocUnsafe(size);
    let at = 0;
    const begin = (type: number, length: number): void => {
      frames[at] = type;
      frames.writeUInt16BE(channel, at + 1);
      at = frames.writeUInt32BE(length, at + 3);
    };
    const copy = ({ memory }: OutgoingMessage, start: number, end: number): void => {
      at += memory.copy(frames, at, start, end);
    };
    for (const message of this.messages) {
      const { routeAt, propertiesAt, bodyAt, end, mandatory } = message;
      begin(TYPE.method, METHOD_BYTES + propertiesAt - routeAt);
      at = frames.writeUInt32BE(BASIC_PUBLISH, at);
      at = frames.writeUInt16BE(0, at);
      copy(message, routeAt, propertiesAt);
      frames[at++] = mandatory ? 1 : 0;
      frames[at++] = END;
      begin(TYPE.header, BEFORE_PROPERTIES + bodyAt - propertiesAt);
      at = frames.writeUInt32BE(BASIC_CLASS << 16, at);
      at = frames.writeUInt32BE(Math.floor((end - bodyAt) / WORD), at);
      at = frames.writeUInt32BE((end - bodyAt) % WORD, at);
      copy(message, propertiesAt, bodyAt);
      frames[at++] = END;
      for (let from = bodyAt; from < end; from += maxBody) {
        const to = Math.min(end, from + maxBody);
        begin(TYPE.body, to - from);
        copy(message, from, to);
        frames[at++] = END;
      }
    }
    return frames;
  }
}

function sizeOf({ routeAt, bodyAt, end }: OutgoingMessage, maxBody: number): number {
  const bodyFrames = Math.ceil((end - bodyAt) / maxBody);
  return METHOD_BYTES + BEFORE_PROPERTIES + (end - routeAt) + (2 + bodyFrames) * FRAME_BYTES;
}

/** The bytes of a message's content header, which AMQP cannot split. */
export function headerFrameBytes({ propertiesAt, bodyAt }: OutgoingMessage): number {
  return FRAME_BYTES + BEFORE_PROPERTIES + bodyAt - propertiesAt;
}
