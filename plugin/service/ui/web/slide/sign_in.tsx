import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { explain } from "../shared/loaded";
import { AnnotationPlatform, type Keys } from "./annotation_platform";

/** Asks for the keys of a user of the annotation platform. */
export function SignIn({ onSignedIn }: { onSignedIn: (keys: Keys) => void }): JSX.Element {
  const [keys, setKeys] = useState<Keys>({ public: "", private: "" });
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await new AnnotationPlatform(keys).projects();
      onSignedIn(keys);
    } catch (refusal) {
      setError(explain(refusal));
    }
  };
  return (
    <form class="panel" onSubmit={(event) => void submit(event)} aria-label="Sign in">
      <h2>Sign in to annotate</h2>
      <p class="small muted">
        Annotations belong to users of the annotation platform (setting <code>Users</code>). The keys stay in this tab.
      </p>
      <label class="field">
        Public key
        <input
          data-testid="public-key"
          autocomplete="username"
          value={keys.public}
          onInput={(event) => setKeys({ ...keys, public: event.currentTarget.value.trim() })}
        />
      </label>
      <label class="field">
        Private key
        <input
          type="password"
          data-testid="private-key"
          autocomplete="current-password"
          value={keys.private}
          onInput={(event) => setKeys({ ...keys, private: event.currentTarget.value.trim() })}
        />
      </label>
      {error && (
        <p class="message bad" role="alert">
          {error}
        </p>
      )}
      <p>
        <button class="main" data-testid="sign-in">
          Sign in
        </button>
      </p>
    </form>
  );
}
