import inspector from 'node:inspector';
import { isRecord } from '../../support/json-record.js';

const GROUP = 'census';
/** A name on the global object, because expressions of the inspector see only globals. */
const HAND = '__livingObjects';

/**
 * Calls `look` with every object on this thread's heap that survives a full garbage collection; `look` must keep
 * none. Uses the inspector, because `v8.queryObjects` only counts, and we count what objects hold as well. It is one
 * query, because each one costs a garbage collection, which blocks the thread and may miss a heartbeat.
 */
export function lookAtLivingObjects<Result>(look: (found: readonly unknown[]) => Result): Result {
  const session = new inspector.Session();
  const hand: { found: readonly unknown[] } = { found: [] };
  Reflect.set(globalThis, HAND, hand);
  session.connect();
  try {
    const prototype = post(session, 'Runtime.evaluate', { expression: 'Object.prototype', objectGroup: GROUP });
    const prototypeObjectId = idOf(prototype['result']);
    const answer = post(session, 'Runtime.queryObjects', { prototypeObjectId, objectGroup: GROUP });
    post(session, 'Runtime.callFunctionOn', {
      objectId: idOf(answer['objects']),
      functionDeclaration: `function () { globalThis.${HAND}.found = this; }`,
    });
    return look(hand.found);
  } finally {
    post(session, 'Runtime.releaseObjectGroup', { objectGroup: GROUP });
    session.disconnect();
    Reflect.deleteProperty(globalThis, HAND);
  }
}

/** A session of its own thread answers before `post` returns. */
function post(session: inspector.Session, method: string, params: object): Readonly<Record<string, unknown>> {
  let answer: unknown;
  session.post(method, params, (error: Error | null, result: unknown) => {
    answer = error === null ? result : undefined;
  });
  if (!isRecord(answer)) throw new Error(`the inspector refused ${method}`);
  return answer;
}

function idOf(remote: unknown): unknown {
  if (!isRecord(remote)) throw new Error('the inspector gave no object');
  return remote['objectId'];
}
