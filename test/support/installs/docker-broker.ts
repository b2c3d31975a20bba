import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { answersAmqp } from '../network/port-probe.js';
import { waitFor } from '../wait.js';

const run = promisify(execFile);
const IMAGE = 'rabbitmq:3';

/** True when a Docker daemon answers. */
export async function dockerAnswers(): Promise<boolean> {
  return run('docker', ['info'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}

/** A broker in a container for the example on a machine without RabbitMQ; tests need a PrivateBroker. */
export class DockerBroker {
  readonly #container: string;
  readonly #port: number;

  private constructor(container: string, port: number) {
    this.#container = container;
    this.#port = port;
  }

  /** Runs the image on a port that Docker chooses; resolves once it accepts AMQP clients. */
  static async start(): Promise<DockerBroker> {
    console.log(`RabbitMQ is not installed: running the Docker image ${IMAGE}`);
    const { stdout } = await run('docker', ['run', '--detach', '--rm', '--publish', '127.0.0.1::5672', IMAGE]);
    const container = stdout.trim();
    try {
      const { stdout: published } = await run('docker', ['port', container, '5672/tcp']);
      const port = Number(/:(\d+)\s*$/m.exec(published)?.[1]);
      await waitFor(() => answersAmqp(port), { timeoutMs: 60_000, everyMs: 200, what: `${IMAGE} to take clients` });
      return new DockerBroker(container, port);
    } catch (cause) {
      await run('docker', ['rm', '--force', container]);
      throw new Error(`the broker in Docker did not start`, { cause });
    }
  }

  /** The AMQP URL of a virtual host, `/` by default, for the user guest. */
  url(vhost = '/'): string {
    return `amqp://guest:guest@127.0.0.1:${this.#port}/${encodeURIComponent(vhost)}`;
  }

  /** Ends and removes the container. */
  async stop(): Promise<void> {
    await run('docker', ['rm', '--force', this.#container]);
  }
}
