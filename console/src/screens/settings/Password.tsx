import { useState, type FormEvent } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useChange } from "../../api/hooks";
import type { Me } from "../../api/types";
import { Failure } from "../../shell/Async";

export function Password({ me }: { me: Me }) {
  const queries = useQueryClient();
  const change = useChange();
  const leave = useChange();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  function send(event: FormEvent) {
    event.preventDefault();
    change.mutate({ method: "PUT", path: "/me/password", body: { password, current } }, { onSuccess: () => void queries.resetQueries() });
  }
  return (
    <section className="panel">
      <header><h2>{me.has_password ? "Another password" : "Take a password"}</h2></header>
      <form className="form" onSubmit={send}>
        <input type="text" name="username" autoComplete="username" value={me.user} readOnly hidden />
        {me.has_password && <label className="field"><span>The one of now</span><input type="password" autoComplete="current-password" value={current} onChange={(event) => setCurrent(event.target.value)} /></label>}
        <label className="field"><span>New password</span><input type="password" autoComplete="new-password" value={password} onChange={(event) => setPassword(event.target.value)} /></label>
        {change.error && <Failure error={change.error} />}
        <div className="line-up"><button type="submit" className="primary" disabled={!password || change.isPending}>Save, and sign in anew</button><span className="grow" /><button type="button" onClick={() => leave.mutate({ method: "DELETE", path: "/session" }, { onSettled: () => void queries.resetQueries() })}>Sign out</button></div>
      </form>
    </section>
  );
}
