import { AmqpConnection } from '../../../src/broker/connection/amqp-connection.js';
import { type HandshakeFields, openModel } from '../../../src/broker/connection/amqplib.js';
import { type LiveConnection, watchConnection } from '../../../src/broker/connection/live-connection.js';
import {
  decodeMethod,
  FRAME,
  type Frame,
  headerFrame,
  methodFrame,
  methodName,
  rawFrame,
  splitFrames,
} from '../../support/amqp/amqp-frames.js';
import { BROKER_ANSWERS } from '../../support/amqp/broker-answers.js';
import { WireEnd } from '../../support/amqp/wire-end.js';
import { endOfTurn } from '../../support/end-of-turn.js';

/** The handshake of a client in these tests. */
export const HANDSHAKE: HandshakeFields = {
  clientProperties: { product: 'test' },
  mechanism: 'PLAIN',
  response: Buffer.from('\0guest\0guest'),
  locale: 'en_US',
  channelMax: 0,
  frameMax: 131_072,
  heartbeat: 0,
  maxFrameSize: 1024 * 1024,
  virtualHost: '/',
  capabilities: '',
  insist: 0,
};
/** What the broker says of itself in these tests. */
export const START = { versionMajor: 0, versionMinor: 9, serverProperties: { product: 'RabbitMQ', version: '4.3.6' } };
const PROTOCOL_HEADER_BYTES = 8;
/** Nothing in these tests takes more turns of the event loop. */
const MOST_TURNS = 200;
/** From a request to its effect: amqplib writes one turn later, the answer comes one turn after that. */
export const QUIET_TURNS = 8;

/** A method that the client sent. */
export interface Asked {
  readonly name: string;
  readonly channel: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A message that was published, by its body. */
export interface Body {
  readonly channel: number;
  readonly text: string;
}

/** What the broker says to a method; undefined: nothing. */
export type Reply = (asked: Asked) => Buffer | undefined;

/** A method's name with its channel, and its tag where it has one: `BasicAck 1 #3 multiple`. */
export function brief({ name, channel, fields }: Asked): string {
  const { deliveryTag, multiple, requeue } = fields;
  const tag = typeof deliveryTag === 'number' ? ` #${deliveryTag}` : '';
  return `${name} ${channel}${tag}${multiple === true ? ' multiple' : ''}${requeue === true ? ' requeue' : ''}`;
}

/**
 * The broker's end of a connection that the real amqplib holds over the real wire. It notes what is asked, and answers one
 * turn later as an obliging broker would, unless the test says otherwise.
 */
export class BrokerEnd extends WireEnd {
  /** Everything that was asked, in order, after the handshake. */
  readonly asked: Asked[] = [];
  /** Channels that were agreed on. */
  channelMax = 2047;
  /** Is told of each body frame that is published. */
  onBody: (body: Body) => void = () => undefined;
  /** Chooses the reply to a request for which `next` has none; undefined: the usual one. */
  replyTo: (asked: Asked) => Reply | undefined = () => undefined;
  private readonly replies = new Map<string, Reply[]>();
  private unread = Buffer.alloc(0);
  private isGreeted = false;

  constructor() {
    super();
    this.onWrite = (chunk) => this.hear(chunk);
  }

  /** Opens the connection, as `connect` does over a socket. */
  async open(): Promise<AmqpConnection> {
    const model = await openModel(this.wire, HANDSHAKE);
    this.asked.length = 0;
    setImmediate(() => this.wire.flow());
    return new AmqpConnection(model, this.wire);
  }

  /** What was asked, in brief: `BasicConsume 1`. */
  get briefly(): string[] {
    return this.asked.map(brief);
  }

  /** The bodies of what was published, in order; none of them fills more than one frame. */
  get bodies(): Body[] {
    return this.sent.filter(({ type }) => type === FRAME.body).map(bodyOf);
  }

  /** All that was asked under this name. */
  askedFor(name: string): Asked[] {
    return this.asked.filter((each) => each.name === name);
  }

  /** Replies so to the next method of this name, and to the one after that by the next reply. */
  next(name: string, reply: Reply): void {
    this.replies.set(name, [...(this.replies.get(name) ?? []), reply]);
  }

  /** Replies by nothing to the next method of this name; what is returned replies as usual after all. */
  hold(name: string): () => void {
    let held: Asked | undefined;
    this.next(name, (asked) => {
      held = asked;
      return undefined;
    });
    return () => {
      const answer = held === undefined ? undefined : this.usual(held);
      if (answer === undefined) throw new Error(`${name} was not asked`);
      this.say(answer);
    };
  }

  /** A message for the consumer of a channel. */
  deliver(channel: number, deliveryTag: number, body = `message ${deliveryTag}`): void {
    const method = { consumerTag: 'tag', deliveryTag, redelivered: false, exchange: '', routingKey: 'q' };
    this.say(methodFrame('BasicDeliver', channel, method), contentFrames(channel, body));
  }

  /** Confirms a publish of a channel, and with `multiple` all before it. */
  confirm(channel: number, deliveryTag: number, multiple = false): void {
    this.say(methodFrame('BasicAck', channel, { deliveryTag, multiple }));
  }

  /** Refuses a publish of a channel. */
  refuse(channel: number, deliveryTag: number): void {
    this.say(methodFrame('BasicNack', channel, { deliveryTag, multiple: false, requeue: false }));
  }

  /** Closes a channel over nothing that was asked. */
  closeChannel(channel: number, replyCode: number, replyText: string): void {
    this.say(methodFrame('ChannelClose', channel, { replyCode, replyText, classId: 0, methodId: 0 }));
  }

  closeConnection(replyCode: number, replyText: string): void {
    this.say(methodFrame('ConnectionClose', 0, { replyCode, replyText, classId: 0, methodId: 0 }));
  }

  /** Resolves when the condition holds; a few turns are enough, whatever the machine does beside. */
  async until(condition: () => boolean, what: string): Promise<void> {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      if (condition()) return;
      await endOfTurn();
    }
    throw new Error(`${what}: not after ${MOST_TURNS} turns; asked: ${this.briefly.join(', ')}`);
  }

  /** Resolves when all that is on its way has come, and nothing more follows by itself. */
  async quiet(): Promise<void> {
    for (let turn = 0, seen = this.asked.length; turn < QUIET_TURNS; turn++) {
      await endOfTurn();
      if (this.asked.length > seen) turn = 0;
      seen = this.asked.length;
    }
  }

  private hear(chunk: Buffer): void {
    this.unread = Buffer.concat([this.unread, chunk]);
    if (!this.isGreeted && this.unread.length >= PROTOCOL_HEADER_BYTES) {
      this.isGreeted = true;
      this.unread = this.unread.subarray(PROTOCOL_HEADER_BYTES);
      this.sayLater(methodFrame('ConnectionStart', 0, START));
    }
    const { frames, rest } = splitFrames(this.unread);
    this.unread = Buffer.from(rest);
    for (const frame of frames) {
      if (frame.type === FRAME.method) this.answer(frame);
      // Later, as the broker hears of it: this is still within the write.
      else if (frame.type === FRAME.body) setImmediate(() => this.onBody(bodyOf(frame)));
    }
  }

  private answer(frame: Frame): void {
    const name = methodName(frame);
    const asked = { name, channel: frame.channel, fields: decodeMethod(name, frame) };
    this.asked.push(asked);
    const reply = this.replies.get(name)?.shift() ?? this.replyTo(asked);
    const answer = reply === undefined ? this.usual(asked) : reply(asked);
    if (answer !== undefined) this.sayLater(answer);
  }

  private usual({ name, channel, fields }: Asked): Buffer | undefined {
    const answer = BROKER_ANSWERS[name];
    if (answer === undefined) return undefined;
    const { queue, consumerTag } = fields;
    const own = name === 'ConnectionStartOk' ? { channelMax: this.channelMax } : { queue, consumerTag };
    return methodFrame(answer.name, channel, { ...answer.fields, ...own });
  }

  private sayLater(bytes: Buffer): void {
    setImmediate(() => {
      if (!this.destroyed) this.say(bytes);
    });
  }
}

/** A connection that stands, and the broker's end of it. */
export async function openBrokerEnd(channelMax?: number): Promise<{ broker: BrokerEnd; connection: LiveConnection }> {
  const broker = new BrokerEnd();
  if (channelMax !== undefined) broker.channelMax = channelMax;
  const connection = watchConnection(await broker.open());
  await endOfTurn();
  return { broker, connection };
}

/** The broker closes the channel over what it was asked. */
export function closesChannel(replyCode: number, replyText: string): Reply {
  return ({ channel }) => methodFrame('ChannelClose', channel, { replyCode, replyText, classId: 0, methodId: 0 });
}

/** The broker closes the connection over what it was asked. */
export function closesConnection(replyCode: number, replyText: string): Reply {
  return () => methodFrame('ConnectionClose', 0, { replyCode, replyText, classId: 0, methodId: 0 });
}

/** Header and body of a message. */
export function contentFrames(channel: number, body: string, properties: object = {}): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([headerFrame(channel, bytes.length, properties), rawFrame(FRAME.body, channel, bytes)]);
}

function bodyOf({ channel, payload }: Frame): Body {
  return { channel, text: payload.toString() };
}
