import type { VNode } from 'preact';
import { useDaemon } from '../feed/use-daemon.js';
import { clock, plural } from '../format.js';
import { Badge } from './badge.js';

/** Warns when the figures are out of date, and when the daemon stops. */
export function LinkBanner(): VNode {
  const text = useBannerText();
  return (
    <div role="status" aria-live="polite" class="banners">
      {text !== undefined && <p class="banner">{text}</p>}
    </div>
  );
}

/** Whether the figures are up to date. */
export function LinkBadge(): VNode {
  const { link } = useDaemon();
  const tone = link === 'live' ? 'good' : link === 'connecting' ? 'calm' : 'warn';
  return (
    <span class="link">
      <Badge tone={tone}>{link}</Badge>
    </span>
  );
}

function useBannerText(): string | undefined {
  const { link, lastAt, report } = useDaemon();
  const since = lastAt === undefined ? '' : ` The page shows the figures from ${clock(lastAt)}.`;
  switch (link) {
    case 'lost':
      return `Lost the connection to the daemon; trying again every 2 s.${since}`;
    case 'silent':
      return `The daemon has sent nothing for 5 s.${since}`;
    case 'stopped':
      return `The daemon has stopped; waiting for it to start again.${since}`;
    case 'live':
      return report?.phase === 'draining'
        ? stopping(report.entries.reduce((sum, { running }) => sum + running, 0))
        : undefined;
    default:
      return undefined;
  }
}

/** Leaves out a count of 0: a screen reader announces each change. */
function stopping(running: number): string {
  return running === 0
    ? 'The daemon is stopping.'
    : `The daemon is stopping; ${plural(running, 'message')} still ${running === 1 ? 'runs' : 'run'}.`;
}
