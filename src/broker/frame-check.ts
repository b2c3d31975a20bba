import { BASIC_CLASS } from './content-frames.js';

/**
 * What a frame may say. amqplib believes every number that it reads; these are the ones that would cost us memory without
 * end, or a wrong answer.
 */

/** RabbitMQ takes no larger message, whatever its `max_message_size` (https://www.rabbitmq.com/docs/limits). */
const MAX_BODY_BYTES = 512 * 1024 * 1024;

/** A frame as amqplib decodes it: a method, a content header, a body or a heartbeat. */
export interface DecodedFrame {
  readonly id?: number;
  readonly channel?: number;
  /** Of a body. */
  readonly content?: Uint8Array;
  /** Of a content header: the bytes of the body that follows. */
  readonly size?: number;
  readonly fields?: object;
}

/** The window of a confirm channel: callbacks by delivery tag from `lwm` on, `null` where the broker has confirmed. */
export interface ConfirmWindow {
  readonly lwm: number;
  readonly unconfirmed: readonly unknown[];
}

/** Passes a frame on. @throws RangeError when no broker can mean what it says */
export function checkFrame<Frame extends DecodedFrame>(frame: Frame): Frame {
  const { id, size = 0 } = frame;
  if (id === BASIC_CLASS && !(size >= 0 && size <= MAX_BODY_BYTES)) {
    throw new RangeError(`a message of ${size} bytes was announced (at most ${MAX_BODY_BYTES} are possible)`);
  }
  return frame;
}

/**
 * @throws RangeError when nothing waits for this confirm. amqplib would make room for it in its window: up to 2^32
 * places, which are gone through one by one when the channel closes.
 */
export function checkConfirm({ lwm, unconfirmed }: ConfirmWindow, deliveryTag: number): void {
  const place = deliveryTag - lwm;
  if (place >= 0 && place < unconfirmed.length && unconfirmed[place] !== null) return;
  throw new RangeError(`tag ${deliveryTag} was confirmed, but nothing under that tag waits for it`);
}
