import type { ActionName, Rollout, RolloutAction } from "../../api/types";
import { copy } from "../../shell/toasts";

export const NAMES: Record<ActionName, string> = {
  promote: "Promote one stage", promote_fully: "Promote fully", pause: "Pause", resume: "Resume", abort: "Abort the trial", rollback: "Roll back", undo: "Undo",
};
const DANGER = new Set<ActionName>(["abort", "rollback"]);

/** All that can be done is always here; what cannot be done now says why. */
export function Actions({ now, onAsk }: { now: Rollout; onAsk: (name: ActionName) => void }) {
  return (
    <section className="panel">
      <header><h2>Actions</h2></header>
      <ul className="actions">
        {now.actions.map((one) => <OneAction key={one.name} action={one} now={now} onAsk={onAsk} />)}
      </ul>
    </section>
  );
}

function OneAction({ action, now, onAsk }: { action: RolloutAction; now: Rollout; onAsk: (name: ActionName) => void }) {
  const why = `why-${action.name}`;
  const target = action.name === "rollback" && now.back_to[0] ? ` to v${now.back_to[0].number}` : "";
  return (
    <li>
      <button
        type="button" aria-disabled={!action.allowed} aria-describedby={action.allowed ? undefined : why}
        className={`${DANGER.has(action.name) ? "danger" : ""} ${action.allowed ? "" : "off"}`}
        onClick={() => action.allowed && onAsk(action.name)}
      >
        {NAMES[action.name]}{target}
      </button>
      {action.allowed
        ? <button type="button" className="copyable" title={`Copy: ${action.command}`} onClick={() => void copy(action.command, "Command")}>{action.command}</button>
        : <span id={why} className="why-not">{action.why_not}</span>}
    </li>
  );
}
