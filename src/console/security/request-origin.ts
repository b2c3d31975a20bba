/** The headers that tell where a request comes from; null if absent. */
export interface RequestOrigin {
  readonly method: string;
  readonly host: string | null;
  readonly origin: string | null;
  /** `Sec-Fetch-Site`: browsers send it over HTTPS and to loopback. */
  readonly fetchSite: string | null;
  readonly hasCookie: boolean;
}

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * True if `Host` names this machine by a loopback name. A page of another site that points its own name to 127.0.0.1
 * (DNS rebinding) is of one origin with the console for the browser, and only its `Host` gives it away.
 */
export function isLoopbackHost(host: string | null): boolean {
  return host !== null && LOOPBACK_HOST.test(host);
}

/** Why a request to `/api` is not one of the console's own page or of a script; undefined if it is. */
export function crossSiteFault({ method, host, origin, fetchSite, hasCookie }: RequestOrigin): string | undefined {
  const isReading = READING.has(method);
  if (fetchSite === 'same-origin') return undefined;
  // The user typed the address; or a script, which sends no cookie.
  if (fetchSite === 'none' && (isReading || !hasCookie)) return undefined;
  if (fetchSite !== null) return `Sec-Fetch-Site is ${fetchSite}`;
  if (origin !== null) return isOriginOf(host, origin) ? undefined : 'Origin is not this host';
  // A browser sends one of the two headers with every change.
  return isReading || !hasCookie ? undefined : 'it has neither Sec-Fetch-Site nor Origin';
}

function isOriginOf(host: string | null, origin: string): boolean {
  if (host === null || !URL.canParse(origin)) return false;
  const { protocol } = new URL(origin);
  // Drops the default port, as the origin does.
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === new URL(origin).host;
}
