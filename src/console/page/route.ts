import { useEffect, useState } from 'preact/hooks';

/** The views, in the order of the navigation; the hash of the address names one. */
export const ROUTES = ['overview', 'entries', 'running', 'threads', 'dead', 'actions'] as const;
export type Route = (typeof ROUTES)[number];

export const TITLES: Readonly<Record<Route, string>> = {
  overview: 'Overview',
  entries: 'Entries',
  running: 'Running',
  threads: 'Threads',
  dead: 'Dead messages',
  actions: 'Actions',
};

/** `#/running/4711` shows the view `running`; an unknown one shows the overview. */
export function routeOf(hash: string): Route {
  const [name] = hash.replace(/^#\/?/, '').split(/[/?]/);
  return ROUTES.find((route) => route === name) ?? 'overview';
}

/** Follows the address. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const follow = (): void => setRoute(routeOf(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}
