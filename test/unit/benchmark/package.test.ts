import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { isRecord, type JsonRecord, parseRecord } from '../../support/json-record.js';
import { repositoryFile } from '../config/repository-file.js';

const IMPORT = /(?:^import |\bfrom )'([^'.:]+)'/gm;
const CONTESTANTS = ['amqp-connection-manager', 'rabbitmq-client', 'rascal'];

const product = recordIn('package.json');
const own = fieldOf(recordIn('benchmark/package.json'), 'devDependencies');

describe('benchmark/package.json', () => {
  test('lists exactly the packages that the benchmark imports', () => {
    const folder = dirname(repositoryFile('benchmark/package.json'));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const imported = files.flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(IMPORT)].map(([, target = '']) => target),
    );
    assert.deepEqual([...new Set(imported)].toSorted(), Object.keys(own).toSorted());
  });

  test('keeps the contestants out of the dependencies of the product', () => {
    const names = ['dependencies', 'devDependencies'].flatMap((key) => Object.keys(fieldOf(product, key)));
    assert.deepEqual(
      CONTESTANTS.filter((name) => names.includes(name)),
      [],
    );
    for (const name of CONTESTANTS) assert.ok(name in own, name);
  });

  test('has the versions in the root node_modules, where dist/benchmark finds them', () => {
    const installed = fieldOf(recordIn('package-lock.json'), 'packages');
    for (const [name, version] of Object.entries(own)) {
      assert.equal(fieldOf(installed, `node_modules/${name}`)['version'], version, name);
    }
  });
});

function recordIn(file: string): JsonRecord {
  return parseRecord(readFileSync(repositoryFile(file), 'utf8')) ?? {};
}

function fieldOf(record: JsonRecord, key: string): JsonRecord {
  const value = record[key];
  return isRecord(value) ? value : {};
}
