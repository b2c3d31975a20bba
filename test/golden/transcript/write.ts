import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testBroker } from '../../support/broker/test-broker.js';
import { ROOT } from '../../support/samples/sample.js';
import { playFirstTenMinutes, TRANSCRIPT_PAGE } from './first-ten-minutes.js';

/** `npm run transcript`: plays the first ten minutes on the broker of TEST_BROKER or a private one, and writes the page. */

const VHOST = `transcript-${process.pid}`;
const broker = await testBroker();
const undo = [() => broker.deleteVhost(VHOST)];
try {
  await broker.createVhost(VHOST);
  const page = await playFirstTenMinutes({ after: (each) => undo.push(each) }, broker.url(VHOST));
  await writeFile(join(ROOT, TRANSCRIPT_PAGE), page);
  console.log(`written: ${TRANSCRIPT_PAGE}`);
} finally {
  for (const each of undo.toReversed()) await each();
}
