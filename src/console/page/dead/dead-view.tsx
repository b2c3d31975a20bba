import type { VNode } from 'preact';

/** The dead messages of the configuration's entries. */
export function DeadView(): VNode {
  return <p class="empty">amqp-dispatcher dead list shows the dead messages.</p>;
}
