import { useState, type FormEvent } from "react";
import { useChange } from "../../api/hooks";
import { Failure } from "../../shell/Async";
import { Verb } from "../../shell/Verb";
import { toast } from "../../shell/toasts";

/** Start a training run, or go on with one that was stopped. */
export function TrainButton({ project }: { project: string }) {
  const change = useChange();
  const [open, setOpen] = useState(false);
  const [budget, setBudget] = useState("");
  function send(event: FormEvent) {
    event.preventDefault();
    change.mutate({ path: `/projects/${project}/runs`, body: { budget: budget.trim() } }, {
      onSuccess: () => { setOpen(false); toast("A run begins; it is in the list as soon as it has a number", { tone: "good" }); },
    });
  }
  if (!open) return <Verb project={project} needs="operator" className="primary" onClick={() => setOpen(true)}>Train…</Verb>;
  return (
    <form className="line-up" onSubmit={send}>
      <input aria-label="Budget" placeholder="Budget, such as 10m" autoFocus value={budget} onChange={(event) => setBudget(event.target.value)} onKeyDown={(event) => { if (event.key === "Escape") setOpen(false); }} />
      <button type="submit" className="primary" disabled={change.isPending}>Begin</button>
      {change.error && <Failure error={change.error} />}
    </form>
  );
}
