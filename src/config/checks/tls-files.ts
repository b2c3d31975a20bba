import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TlsFiles } from '../../broker/index.js';
import { messageOf } from '../../errors/index.js';
import { formatPath, type Problem } from '../problem.js';
import { valueAt } from '../schema/schema-problems.js';
import type { JoinedDocument } from '../source/joined-document.js';
import type { YamlDocument } from '../yaml/yaml-document.js';

interface Findings {
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

/** The files of `connection.tls` in a document that may be invalid elsewhere. */
export function tlsFilesOf(document: JoinedDocument): TlsFiles {
  const found = ['ca', 'certificate', 'key'].flatMap((key) => {
    const place = ['connection', 'tls', key];
    const path = valueAt(document.value, place);
    return typeof path === 'string' && path !== '' ? [[key, resolve(document.baseDirOf(place), path)]] : [];
  });
  return Object.fromEntries(found);
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Reads the files of `connection.tls` as the connection will, so that an unusable certificate is reported at its place
 * in the configuration and not as a connection that fails again and again.
 */
export async function checkTlsFiles(tls: TlsFiles, { file, positions }: YamlDocument): Promise<Findings> {
  const findings: Findings = { problems: [], warnings: [] };
  const note = (list: Problem[], key: keyof TlsFiles, message: string, expected?: string): void => {
    const path = ['connection', 'tls', key];
    list.push({ file, ...positions.of(path), path: formatPath(path), message, ...(expected && { expected }) });
  };
  const read = async (key: 'ca' | 'certificate' | 'key'): Promise<string | undefined> => {
    const path = tls[key];
    if (path === undefined) return undefined;
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      const what = isMissing ? `names ${path}, which does not exist` : `cannot be read: ${messageOf(error)}`;
      note(findings.problems, key, what, 'a PEM file');
      return undefined;
    }
  };
  const certificates = (key: 'ca' | 'certificate', pem: string): X509Certificate[] => {
    try {
      const found = (pem.match(PEM_CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
      if (found.length === 0) note(findings.problems, key, 'has no certificate in it', 'PEM: BEGIN CERTIFICATE');
      for (const { subject, validTo } of found) {
        if (Date.parse(validTo) < Date.now()) {
          note(
            findings.warnings,
            key,
            `has a certificate that expired on ${validTo} (${subject.replaceAll('\n', ', ')})`,
          );
        }
      }
      return found;
    } catch (error) {
      note(findings.problems, key, `has a certificate that cannot be read: ${messageOf(error)}`, 'PEM');
      return [];
    }
  };
  const [ca, certificate, key] = await Promise.all([read('ca'), read('certificate'), read('key')]);
  if (ca !== undefined) certificates('ca', ca);
  const [own] = certificate === undefined ? [] : certificates('certificate', certificate);
  if (key !== undefined) {
    const privateKey = readKey(key);
    if (privateKey === undefined) {
      note(findings.problems, 'key', 'has no private key that can be read', 'PEM: BEGIN PRIVATE KEY, not encrypted');
    } else if (own !== undefined && !own.checkPrivateKey(privateKey)) {
      note(
        findings.problems,
        'key',
        'does not belong to the certificate',
        'the key that tls.certificate was made with',
      );
    }
  }
  return findings;
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // OpenSSL's reason helps nobody and might quote the file.
    return undefined;
  }
}
