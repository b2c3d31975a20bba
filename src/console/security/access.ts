import type { Logger } from 'pino';
import { LoginLimit } from './login-limit.js';
import { Sessions } from './sessions.js';
import { TokenFile } from './token-file.js';

export interface AccessOptions {
  /** Absent: anyone who can reach the address may do everything. */
  readonly tokenFile: string | undefined;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/** How a request proves that it may pass. */
export interface Proof {
  readonly address: string;
  /** The token of `Authorization: Bearer`. */
  readonly bearer: string | undefined;
  /** The session id of the cookie. */
  readonly session: string | undefined;
}

/** `wait`: there were too many wrong tokens. */
export type Refusal = { readonly kind: 'login' | 'wrong' } | { readonly kind: 'wait'; readonly waitMs: number };

/** `isAllowed` turns false when the session ends or the token changes. */
export type Admission = { readonly kind: 'admitted'; readonly isAllowed: () => boolean } | Refusal;

/** Decides who may use the console: by the token for scripts, by a session for the page. */
export class Access {
  private readonly sessions: Sessions;
  private readonly limit: LoginLimit;
  private readonly token: TokenFile | undefined;
  private readonly logger: Logger;
  /** Counts the tokens that were valid. */
  private generation = 0;

  /** @throws DispatcherError `CONSOLE_TOKEN_UNUSABLE` */
  constructor({ tokenFile, nowMs, logger }: AccessOptions) {
    this.sessions = new Sessions(nowMs);
    this.limit = new LoginLimit(nowMs);
    this.logger = logger;
    if (tokenFile === undefined) return;
    this.token = new TokenFile({
      path: tokenFile,
      nowMs,
      changed: () => {
        this.generation++;
        this.sessions.endAll();
        logger.info('console: the token changed; all sessions ended');
      },
      failed: (reason) => logger.warn(`console: ${reason}; the old token stays valid`),
    });
  }

  get isTokenRequired(): boolean {
    return this.token !== undefined;
  }

  /** Opens a session for the right token. */
  login(token: string, address: string): { readonly kind: 'admitted'; readonly session: string } | Refusal {
    const refusal = this.refusalOf(token, address);
    return refusal ?? { kind: 'admitted', session: this.sessions.start() };
  }

  logout(session: string): void {
    this.sessions.end(session);
  }

  admit({ address, bearer, session }: Proof): Admission {
    const { token, generation } = this;
    if (token === undefined) return { kind: 'admitted', isAllowed: () => true };
    if (bearer !== undefined) {
      const refusal = this.refusalOf(bearer, address);
      return refusal ?? { kind: 'admitted', isAllowed: () => this.isCurrent(token, generation) };
    }
    token.refresh();
    if (session === undefined || !this.sessions.use(session)) return { kind: 'login' };
    return {
      kind: 'admitted',
      isAllowed: () => {
        token.refresh();
        return this.sessions.isOpen(session);
      },
    };
  }

  private isCurrent(token: TokenFile, generation: number): boolean {
    token.refresh();
    return this.generation === generation;
  }

  private refusalOf(text: string, address: string): Refusal | undefined {
    const waitMs = this.limit.waitMs(address);
    if (waitMs > 0) return { kind: 'wait', waitMs };
    if (this.token === undefined || this.token.matches(text)) return undefined;
    if (this.limit.failed(address)) this.logger.warn({ address }, `console: wrong token from ${address}`);
    return { kind: 'wrong' };
  }
}
