import type { VNode } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { logOut } from './api.js';
import { DeadView } from './dead/dead-view.js';
import { FeedContext, useDaemon, wordsOf } from './feed/use-daemon.js';
import { LinkBadge, LinkBanner } from './parts/link-banner.js';
import { type Notice, NoticeBar, NoticeContext } from './parts/notices.js';
import { ROUTES, type Route, TITLES, useRoute } from './route.js';
import { ActionsView } from './views/actions.js';
import { EntriesView } from './views/entries.js';
import { LoginView } from './views/login.js';
import { OverviewView } from './views/overview.js';
import { RunningView } from './views/running.js';
import { ThreadsView } from './views/threads.js';

const VIEWS: Readonly<Record<Route, () => VNode>> = {
  overview: OverviewView,
  entries: EntriesView,
  running: RunningView,
  threads: ThreadsView,
  dead: DeadView,
  actions: ActionsView,
};

/** The whole page. */
export function App(): VNode {
  const feed = useContext(FeedContext);
  const { link, report, canLogOut } = useDaemon();
  const [notice, setNotice] = useState<Notice | undefined>();
  const route = useRoute();
  useEffect(() => {
    void feed.start();
    const timer = setInterval(() => feed.tick(), 1000);
    return () => clearInterval(timer);
  }, [feed]);
  useEffect(() => {
    document.title = `${TITLES[route]} · amqp-dispatcher`;
  }, [route]);
  const leave = async (): Promise<void> => {
    try {
      await logOut();
    } catch (error) {
      setNotice({ text: `Could not log out: ${wordsOf(error)}`, isProblem: true });
    }
    await feed.start();
  };
  const isLoggedOut = link === 'logged out';
  return (
    <NoticeContext.Provider value={setNotice}>
      <a class="skip" href="#main" onClick={(event) => skipTo(event, 'main')}>
        Skip to the content
      </a>
      <header class="top">
        <p class="brand">amqp-dispatcher {report !== undefined && <span class="version">{report.version}</span>}</p>
        {!isLoggedOut && <Navigation route={route} />}
        {!isLoggedOut && <LinkBadge />}
        {!isLoggedOut && canLogOut && (
          <button type="button" class="quiet log-out" onClick={() => void leave()}>
            Log out
          </button>
        )}
      </header>
      <LinkBanner />
      <main id="main" tabIndex={-1}>
        {isLoggedOut ? (
          <LoginView />
        ) : report === undefined ? (
          <p class="empty">Connecting to the daemon …</p>
        ) : (
          <View route={route} />
        )}
      </main>
      <NoticeBar notice={notice} onDismiss={() => setNotice(undefined)} />
    </NoticeContext.Provider>
  );
}

function Navigation({ route }: { readonly route: Route }): VNode {
  return (
    <nav aria-label="Views">
      {ROUTES.map((each) => (
        <a key={each} href={`#/${each}`} {...(each === route && { 'aria-current': 'page' })}>
          {TITLES[each]}
        </a>
      ))}
    </nav>
  );
}

function View({ route }: { readonly route: Route }): VNode {
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  const Body = VIEWS[route];
  useEffect(() => {
    // Not on load, when the focus belongs to the document.
    if (!first.current) heading.current?.focus();
    first.current = false;
  }, [route]);
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {TITLES[route]}
      </h1>
      <Body key={route} />
    </>
  );
}

/** The hash names the view, so a link to an element cannot use it. */
function skipTo(event: Event, id: string): void {
  event.preventDefault();
  document.getElementById(id)?.focus();
}
