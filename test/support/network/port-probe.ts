import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The protocol header of a client; a running broker answers with connection.start, a frame of type 1 (AMQP 0-9-1, 4.2.2). */
const PROTOCOL_HEADER = Buffer.from([...Buffer.from('AMQP'), 0, 0, 9, 1]);
const METHOD_FRAME = 1;

/** True when something listens on the port of 127.0.0.1. */
export async function answersTcp(port: number): Promise<boolean> {
  return probe(port, async () => true);
}

/** True when a broker on the port of 127.0.0.1 accepts AMQP clients. */
export async function answersAmqp(port: number): Promise<boolean> {
  return probe(port, async (socket) => {
    socket.write(PROTOCOL_HEADER);
    const [chunk]: unknown[] = await once(socket, 'data', { signal: AbortSignal.timeout(2_000) });
    return Buffer.isBuffer(chunk) && chunk[0] === METHOD_FRAME;
  });
}

async function probe(port: number, look: (socket: Socket) => Promise<boolean>): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return await look(socket);
  } catch {
    return false; // refused, reset or silent: not up
  } finally {
    socket.on('error', () => {}); // a late reset concerns nobody
    socket.destroy();
  }
}
