import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer, type Server } from 'node:tls';
import type { CertificateFiles } from './certificates.js';

/** A TLS server in front of a broker's plain port, with any certificate. */
export class TlsFront {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(t: TestContext, port: number, files: CertificateFiles): Promise<TlsFront> {
    const server = createServer(read(files), (client) => {
      const target = connect(port, '127.0.0.1');
      client.pipe(target).pipe(client);
      for (const socket of [client, target]) {
        socket.on('error', () => {}); // followed by close
        socket.on('close', () => {
          client.destroy();
          target.destroy();
        });
      }
    });
    server.on('tlsClientError', () => {}); // the client refused our certificate
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => void server.close());
    return new TlsFront(server);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server is closed');
    return address.port;
  }

  /** Shows another certificate to new clients. */
  show(files: CertificateFiles): void {
    this.#server.setSecureContext(read(files));
  }
}

function read({ certificate, key }: CertificateFiles): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}
