import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONSUMERS, configurationOf, reportOf } from '../readings.js';

function read(key: string): unknown {
  return configurationOf(`${CONSUMERS}    partition_by: ${key}\n`).consumers[0]?.partitionBy;
}

describe('partition_by', () => {
  it('names a header, a property or the routing key', () => {
    assert.deepEqual(read('header.user_id'), { kind: 'header', name: 'user_id' });
    assert.deepEqual(read('header.a.b c'), { kind: 'header', name: 'a.b c' });
    assert.deepEqual(read('routing_key'), { kind: 'routing_key' });
    assert.deepEqual(read('property.correlation_id'), { kind: 'property', name: 'correlationId' });
    assert.deepEqual(read('property.type'), { kind: 'property', name: 'type' });
    assert.equal(configurationOf(CONSUMERS).consumers[0]?.partitionBy, undefined);
  });

  it('rejects anything else and says what is right', () => {
    const expected = 'expected header.NAME, routing_key or property.NAME';
    const properties =
      'content_type, content_encoding, delivery_mode, priority, correlation_id, reply_to, expiration, message_id, timestamp, type, user_id, app_id, cluster_id';
    const wrong = [
      ['user', `is "user" (${expected})`],
      ['header.', `is "header." (${expected})`],
      ['headers', `is "headers" (${expected})`],
      ['routingKey', `is "routingKey" (${expected}; did you mean "routing_key"?)`],
      ['property.corelation_id', `is "property.corelation_id" (${expected}; did you mean "property.correlation_id"?)`],
      ['property.headers', `is "property.headers" (${expected}; the properties are ${properties})`],
      ['5', `is 5 (${expected})`],
    ];
    for (const [written, message] of wrong) {
      assert.deepEqual(reportOf(`${CONSUMERS}    partition_by: ${written}\n`), [
        `4:19  consumers[0].partition_by  ${message}`,
      ]);
    }
    const long = reportOf(`${CONSUMERS}    partition_by: header.${'n'.repeat(256)}\n`);
    assert.equal(long.length, 1, 'a header cannot have a name of 256 bytes');
  });
});
