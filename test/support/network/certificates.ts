import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate and its key, as PEM files. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** The subject of the certificate in the form of openssl: `IP:127.0.0.1`, `DNS:rabbit`. */
  readonly names: string;
  /** Days of validity from now; -1: it expired yesterday. Default 2. */
  readonly days?: number;
}

/** A private certificate authority in a temporary folder, removed after the test. */
export class CertificateAuthority {
  readonly folder: string;
  #issued = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(t: TestContext): Promise<CertificateAuthority> {
    const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const authority = new CertificateAuthority(folder);
    const request = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority';
    await run('openssl', [...request.split(' '), '-keyout', authority.#key, '-out', authority.certificate]);
    return authority;
  }

  /** The PEM file of the authority itself. */
  get certificate(): string {
    return join(this.folder, 'ca.pem');
  }

  async issue({ names, days = 2 }: CertificateOptions): Promise<CertificateFiles> {
    this.#issued += 1;
    const [key, request, certificate] = ['key', 'csr', 'pem'].map((end) =>
      join(this.folder, `issued-${this.#issued}.${end}`),
    );
    if (key === undefined || request === undefined || certificate === undefined) throw new Error('unreachable');
    const ask = `req -newkey rsa:2048 -nodes -subj /CN=issued -addext subjectAltName=${names}`;
    await run('openssl', [...ask.split(' '), '-keyout', key, '-out', request]);
    const sign = `x509 -req -copy_extensions copy -CAcreateserial -days ${days}`;
    const signer = ['-CA', this.certificate, '-CAkey', this.#key];
    await run('openssl', [...sign.split(' '), ...signer, '-in', request, '-out', certificate]);
    // The broker runs as another user.
    await chmod(key, 0o644);
    await chmod(this.folder, 0o755);
    return { certificate, key };
  }

  get #key(): string {
    return join(this.folder, 'ca.key');
  }
}
