import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { connectionName, readEnvironment } from '../../../src/config/index.js';

function wantsMaps(nodeOptions: string, ...nodeFlags: string[]): boolean {
  return readEnvironment({ NODE_OPTIONS: nodeOptions }, nodeFlags).sourceMaps;
}

describe('readEnvironment', () => {
  it('returns every variable as written', () => {
    const variables = {
      RABBITMQ_URL: 'amqp://a',
      RABBITMQ_HEARTBEAT: '5',
      NO_COLOR: '1',
      LOGGING_FILE_CONFIG: 'log.yml',
      NOMAD_JOB_NAME: 'job',
      NOMAD_ALLOC_ID: 'alloc',
      AMQP_DISPATCHER_CONFIG: 'a.yml',
      AMQP_DISPATCHER_THREADS: '4',
      AMQP_DISPATCHER_VALIDATE: 'true',
      AMQP_DISPATCHER_FORMAT: 'json',
      AMQP_DISPATCHER_STRICT: '1',
      AMQP_DISPATCHER_BROKER: '0',
      AMQP_DISPATCHER_SHUTDOWN_TIMEOUT: '5s',
      AMQP_DISPATCHER_LOG_LEVEL: 'debug',
      AMQP_DISPATCHER_LOG_FORMAT: 'logfmt',
      AMQP_DISPATCHER_LOG_TIME: 'iso',
      AMQP_DISPATCHER_LOG_LEVEL_FORMAT: 'name',
      AMQP_DISPATCHER_ONLY: 'mail',
      AMQP_DISPATCHER_EXCEPT: 'audit',
      AMQP_DISPATCHER_HTTP: ':9464',
      AMQP_DISPATCHER_SUMMARY: '30s',
      AMQP_DISPATCHER_CONTROL_SOCKET: '/run/a.sock',
      XDG_RUNTIME_DIR: '/run/user/1',
    };
    assert.deepEqual(readEnvironment(variables, []), {
      rabbitmqUrl: 'amqp://a',
      rabbitmqHeartbeat: '5',
      loggingFileConfig: 'log.yml',
      nomadJobName: 'job',
      nomadAllocId: 'alloc',
      hostname: hostname(),
      runtimeFolder: '/run/user/1',
      noColor: true,
      sourceMaps: true,
      flags: {
        config: 'a.yml',
        threads: '4',
        validate: 'true',
        format: 'json',
        strict: '1',
        broker: '0',
        shutdownTimeout: '5s',
        logLevel: 'debug',
        logFormat: 'logfmt',
        logTime: 'iso',
        logLevelFormat: 'name',
        only: 'mail',
        except: 'audit',
        http: ':9464',
        summary: '30s',
        controlSocket: '/run/a.sock',
      },
      variables,
    });
  });

  it('reads an empty variable as unset', () => {
    const { rabbitmqUrl, flags } = readEnvironment({ RABBITMQ_URL: '', AMQP_DISPATCHER_THREADS: '' });
    assert.equal(rabbitmqUrl, undefined);
    assert.deepEqual(flags, {});
  });

  it('wants source maps unless the last flag of Node.js says otherwise', () => {
    assert.equal(wantsMaps('--no-enable-source-maps'), false);
    assert.equal(wantsMaps('--max-old-space-size=64 --no_enable_source_maps --no-warnings'), false);
    assert.equal(wantsMaps('', '--no-enable-source-maps'), false);
    assert.equal(wantsMaps('--enable-source-maps', '--no-enable-source-maps'), false);
    assert.equal(wantsMaps('--no-enable-source-maps', '--enable-source-maps'), true);
    assert.equal(wantsMaps('--no-enable-source-maps-too'), true);
    assert.equal(wantsMaps('--no-warnings'), true);
  });

  it('ignores what Kubernetes sets for a service named amqp-dispatcher', () => {
    const { flags } = readEnvironment({
      AMQP_DISPATCHER_SERVICE_HOST: '10.0.0.1',
      AMQP_DISPATCHER_PORT: 'tcp://10.0.0.1:80',
    });
    assert.deepEqual(flags, {});
  });
});

describe('connectionName', () => {
  const parts = { hostname: 'host', pid: 42, random: () => 0.5, nomadJobName: undefined, nomadAllocId: undefined };

  it('is JOB.ALLOC under Nomad', () => {
    assert.equal(connectionName({ ...parts, nomadJobName: 'mailer', nomadAllocId: 'a1b2' }), 'mailer.a1b2');
  });

  it('is HOSTNAME-PID-RANDOM elsewhere, also with only half of the Nomad variables', () => {
    assert.equal(connectionName(parts), 'host-42-80000000');
    assert.equal(connectionName({ ...parts, nomadJobName: 'mailer' }), 'host-42-80000000');
    assert.equal(connectionName({ ...parts, random: () => 0 }), 'host-42-00000000');
  });
});
