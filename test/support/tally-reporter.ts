import { isRecord } from './json-record.js';

interface TestEvent {
  readonly type: string;
  readonly data: unknown;
}

/** A reporter for node --test that writes one JSON line at the end, `{ passed, failed }`, for test/run.ts to add up. */
export default async function* tally(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of events) {
    if (!countsAsTest(data)) continue;
    if (type === 'test:pass') passed += 1;
    if (type === 'test:fail') failed += 1;
  }
  yield `${JSON.stringify({ passed, failed })}\n`;
}

/** Suites only group, unless the suite itself fails; skipped tests did not run. */
function countsAsTest(data: unknown): boolean {
  if (!isRecord(data) || data['skip'] !== undefined) return false;
  const { details } = data;
  if (!isRecord(details) || details['type'] !== 'suite') return true;
  return isRecord(details['error']) && details['error']['failureType'] !== 'subtestsFailed';
}
