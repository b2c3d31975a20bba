import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { isRecord, parseRecord } from '../support/json-record.js';
import { repositoryFile } from './config/repository-file.js';

const lock = parseRecord(readFileSync(repositoryFile('package-lock.json'), 'utf8'));
const packages = lock?.['packages'];

/** `npm ci` refuses a lock file that lacks a package, and an install on one platform writes only its own. */
describe('package-lock.json', () => {
  test('lists every required package, also those of other platforms', () => {
    assert.ok(isRecord(packages));
    const absent = Object.entries(packages).flatMap(([path, entry]) =>
      ['dependencies', 'devDependencies', 'optionalDependencies']
        .flatMap((key) => namesIn(entry, key))
        .filter((name) => !placesFor(name, path).some((place) => place in packages))
        .map((name) => `${name} of ${path}`),
    );
    assert.deepEqual(absent, []);
  });

  test('names no download host, because that is a setting of each machine', () => {
    assert.ok(isRecord(packages));
    const hosts = Object.entries(packages).filter(([, entry]) => isRecord(entry) && 'resolved' in entry);
    // A workspace is a link to its folder.
    assert.deepEqual(hosts, [['node_modules/amqp-dispatcher-benchmark', { resolved: 'benchmark', link: true }]]);
  });
});

function namesIn(entry: unknown, key: string): string[] {
  const names = isRecord(entry) ? entry[key] : undefined;
  return isRecord(names) ? Object.keys(names) : [];
}

/** The folders in which Node.js looks for a package: that of the dependent one, and those above. */
function placesFor(name: string, path: string): string[] {
  const parts = path === '' ? [] : path.split('/node_modules/');
  const above = parts.map((_, index) => `${parts.slice(0, index + 1).join('/node_modules/')}/node_modules/${name}`);
  return [`node_modules/${name}`, ...above];
}
