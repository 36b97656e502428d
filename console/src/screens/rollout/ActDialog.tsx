import { useEffect, useRef, useState, type FormEvent } from "react";
import { useChange } from "../../api/hooks";
import type { ActionName, Moved, Rollout } from "../../api/types";
import { Failure } from "../../shell/Async";
import { toast } from "../../shell/toasts";
import { NAMES } from "./Actions";

const DONE: Record<ActionName, string> = {
  promote: "Promoted one stage", promote_fully: "Promoted", pause: "Paused", resume: "Resumed", abort: "The trial is over", rollback: "Rolled back", undo: "Undone",
};

interface ActDialogProps {
  project: string;
  now: Rollout;
  name: ActionName;
  onClose: () => void;
}

/** A reason, the name to confirm where it counts, and the way back afterwards. */
export function ActDialog({ project, now, name, onClose }: ActDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const change = useChange<Moved>();
  const undo = useChange();
  const action = now.actions.find((one) => one.name === name);
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [to, setTo] = useState(now.back_to[0] ? `v${now.back_to[0].number}` : "");
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = name === "rollback" ? to : (action?.confirm ?? "");
  const ready = reason.trim().length > 0 && (!confirm || typed.trim() === confirm);
  async function send(event: FormEvent) {
    event.preventDefault();
    if (!ready) return;
    try {
      const body = bodyOf(name, { reason: reason.trim(), confirm: typed.trim(), to });
      const moved = await change.mutateAsync({ path: `/projects/${project}/rollout/${name === "promote_fully" ? "promote" : name}`, body, headers: { "If-Match": String(now.expected) } });
      const back = name === "undo" ? undefined : () => void undo.mutateAsync({ path: `/projects/${project}/rollout/undo`, body: { reason: `undo of ${name}` } }).then(() => toast("Undone", { tone: "good" }), (error: Error) => toast(error.message, { tone: "bad" }));
      if (moved.waits) toast(`Decision ${moved.waits.number} waits for a second person`, { seconds: 10 });
      else toast(moved.sentence || DONE[name], { tone: "good", undo: back, seconds: Math.min(30, now.undo_for_s || 12) });
      onClose();
    } catch {
      return; // shown below, from change.error
    }
  }
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="act-title" onClose={onClose}>
      <form className="form" onSubmit={(event) => void send(event)}>
        <h2 id="act-title">{NAMES[name]}</h2>
        {name === "rollback" && (
          <label className="field"><span>Back to</span>
            <select value={to} onChange={(event) => setTo(event.target.value)}>{now.back_to.map((one) => <option key={one.number}>v{one.number}</option>)}</select>
          </label>
        )}
        <label className="field"><span>Why? It goes to the audit.</span><textarea rows={2} required value={reason} onChange={(event) => setReason(event.target.value)} autoFocus /></label>
        {confirm && <label className="field"><span>Write <b>{confirm}</b> to confirm</span><input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" /></label>}
        {change.error && <Failure error={change.error} />}
        <div className="line-up">
          <button type="button" onClick={onClose}>Leave it</button>
          <button type="submit" className={name === "abort" || name === "rollback" ? "primary danger" : "primary"} disabled={!ready || change.isPending}>{change.isPending ? "Doing it…" : NAMES[name]}</button>
        </div>
      </form>
    </dialog>
  );
}

function bodyOf(name: ActionName, given: { reason: string; confirm: string; to: string }): Record<string, unknown> {
  const body: Record<string, unknown> = { reason: given.reason };
  if (given.confirm) body["confirm"] = given.confirm;
  if (name === "rollback" && given.to) body["version"] = given.to;
  if (name === "promote") body["to"] = "next";
  if (name === "promote_fully") body["to"] = "live";
  return body;
}
