import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { ApiError, ask } from "../../api/client";
import { useGet } from "../../api/hooks";
import { Mark } from "../../shell/Shell";
import { navigate } from "../../url/location";

interface Ways {
  oidc: { name: string; start: string } | null;
  refusals: Record<string, [string, string]>;
}

/** How else one may come in, and why a provider's word was not enough the last time. */
function useWays(): { provider: Ways["oidc"]; refused: [string, string] | null } {
  const ways = useGet<Ways>("/session/ways");
  const code = new URLSearchParams(location.hash.slice(1)).get("refused") ?? "";
  return { provider: ways.data?.oidc ?? null, refused: ways.data?.refusals[code] ?? null };
}

function linkToken(): string {
  const text = `${location.search.slice(1)}&${location.hash.slice(1)}`;
  return new URLSearchParams(text).get("token") ?? "";
}

/** By the one-time link that the server printed, or by name and password. */
export function SignIn({ signedIn }: { signedIn: boolean }) {
  const queries = useQueryClient();
  const [wrong, setWrong] = useState<ApiError | null>(null);
  const tried = useRef(false);
  const { provider, refused } = useWays();
  async function enter(body: Record<string, string>) {
    try {
      setWrong(null);
      await ask("POST", "/session", { body });
      history.replaceState(null, "", location.pathname);
      await queries.resetQueries({ queryKey: ["/me"] });
      navigate("/", "replace");
    } catch (error) {
      if (error instanceof ApiError) setWrong(error);
      else throw error;
    }
  }
  useEffect(() => {
    const token = linkToken();
    if (token && !tried.current) {
      tried.current = true;
      void enter({ token });
    } else if (!token && signedIn) navigate("/", "replace");
  });
  function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const text = (name: string) => String(given.get(name) ?? "");
    void enter(text("token") ? { token: text("token").trim().replace(/^.*token=/, "") } : { user: text("user"), password: text("password") });
  }
  return (
    <main className="sign-in">
      <form className="panel form" onSubmit={send}>
        <div className="brand"><Mark /> Millwright</div>
        <h1>Sign in</h1>
        {refused && !wrong && <p className="strip bad" role="alert"><span><b>{refused[0]}.</b> {refused[1]}</span></p>}
        {wrong && <p className="strip bad" role="alert"><span><b>{wrong.refusal.message}.</b> {wrong.refusal.fix}</span></p>}
        {provider && <a className="button" href={provider.start}>Sign in with {provider.name}</a>}
        <label className="field"><span>Name</span><input name="user" autoComplete="username" autoFocus /></label>
        <label className="field"><span>Password</span><input name="password" type="password" autoComplete="current-password" /></label>
        <details>
          <summary>I have a one-time link</summary>
          <label className="field"><span>The link, or its token. <code>mw console link</code> prints a new one.</span><input name="token" autoComplete="one-time-code" /></label>
        </details>
        <button type="submit" className="primary">Sign in</button>
      </form>
    </main>
  );
}
