import type { TestContext } from 'node:test';
import type { TestVhost } from './test-vhost.js';

export interface UserLimits {
  readonly 'max-channels'?: number;
  readonly 'max-connections'?: number;
}

/** A user with all permissions on one virtual host, within limits; deleted after the test. */
export class BrokerUser {
  readonly name: string;
  readonly #vhost: TestVhost;

  private constructor(vhost: TestVhost) {
    this.#vhost = vhost;
    this.name = `user-of-${vhost.vhost}`;
  }

  static async create(t: TestContext, vhost: TestVhost, limits: UserLimits = {}): Promise<BrokerUser> {
    const user = new BrokerUser(vhost);
    await vhost.broker.ctl('add_user', user.name, 'a-word');
    t.after(() => vhost.broker.ctl('delete_user', user.name));
    await vhost.ctl('set_permissions', user.name, '.*', '.*', '.*');
    await user.limit(limits);
    return user;
  }

  /** Replaces the limits; open connections and channels stay. */
  async limit(limits: UserLimits): Promise<void> {
    await this.#vhost.broker.ctl('clear_user_limits', this.name, 'all');
    if (Object.keys(limits).length > 0)
      await this.#vhost.broker.ctl('set_user_limits', this.name, JSON.stringify(limits));
  }

  /** A URL with this user instead of guest. */
  through(url: string): string {
    return url.replace('guest:guest', `${this.name}:a-word`);
  }
}
