import type { VNode } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { logIn } from '../api.js';
import { FeedContext, wordsOf } from '../feed/use-daemon.js';
import { ActionButton } from '../parts/action-button.js';

/** Asks for the token of `http.token_file`. */
export function LoginView(): VNode {
  const feed = useContext(FeedContext);
  const field = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string | undefined>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => field.current?.focus(), []);
  const submit = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      if (await logIn(field.current?.value ?? '')) await feed.start();
      else setProblem('Wrong token.');
    } catch (error) {
      setProblem(wordsOf(error));
    } finally {
      setBusy(false);
      field.current?.select();
    }
  };
  return (
    <form
      class="login panel"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h1>Log in</h1>
      <p>
        The token is in the file at <code>http.token_file</code> in the configuration.
      </p>
      <label for="token">Token</label>
      <input
        id="token"
        ref={field}
        type="password"
        autocomplete="current-password"
        required
        aria-describedby="token-problem"
        aria-invalid={problem !== undefined}
      />
      <p id="token-problem" class="problem-text" role="alert">
        {problem}
      </p>
      <ActionButton type="submit" class="primary" isOff={isBusy}>
        Log in
      </ActionButton>
    </form>
  );
}
