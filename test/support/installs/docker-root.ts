import { makeCachedFolder } from './cached-folder.js';
import { dockerAnswers } from './docker-broker.js';

const EXPORT = `
  container=$(docker create "$1") || exit
  trap 'docker rm "$container"' EXIT
  docker export --output ../image.tar "$container" && tar -xf ../image.tar -C "$2"`;

/**
 * Unpacks the Docker image of a RabbitMQ into a folder, because tests kill brokers by pid, which a container hides.
 * @throws when this is not root on Linux, or Docker does not answer, or has no such image
 */
export async function makeDockerRoot(version: string, folder: string): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error('an image is unpacked only by root on Linux');
  if (!(await dockerAnswers())) throw new Error('Docker does not answer');
  const image = `rabbitmq:${version}`;
  console.log(`unpacking the Docker image ${image} into ${folder}`);
  await makeCachedFolder({ folder, fill: (empty) => ['/bin/sh', '-c', EXPORT, 'export', image, empty] });
}
