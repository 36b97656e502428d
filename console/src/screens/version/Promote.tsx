import { useEffect, useRef, useState, type FormEvent } from "react";
import { useChange } from "../../api/hooks";
import type { Moved, VersionPage } from "../../api/types";
import { Failure } from "../../shell/Async";
import { projectPath } from "../../shell/screens";
import { Verb } from "../../shell/Verb";
import { toast } from "../../shell/toasts";
import { navigate } from "../../url/location";

const WAYS: [string, string][] = [["shadow", "try it in shadow: it answers unseen"], ["10%", "try it as a canary on 10 % of the keys"], ["live", "live at once: it answers all"]];

/** Let this version go as far as is said; with a reason, its name written out, and against a verdict only when forced. */
export function Promote({ project, page }: { project: string; page: VersionPage }) {
  const [open, setOpen] = useState(false);
  const why = page.archived ? "It is archived: restore it first." : page.standing === "live" ? "It is live." : !page.signed.ok ? "Its package is not as it was signed." : "";
  return (
    <>
      <Verb project={project} needs="approver" whyNot={why} className="primary" onClick={() => setOpen(true)}>Promote…</Verb>
      {open && <PromoteDialog project={project} page={page} onClose={() => setOpen(false)} />}
    </>
  );
}

function PromoteDialog({ project, page, onClose }: { project: string; page: VersionPage; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const change = useChange<Moved>();
  const [to, setTo] = useState("shadow");
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [force, setForce] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const passed = page.version.verdict === "passed";
  const ready = reason.trim() !== "" && typed.trim() === page.name && (passed || force);
  function send(event: FormEvent) {
    event.preventDefault();
    if (!ready) return;
    change.mutate({ path: `/projects/${project}/versions/${page.name}/promote`, body: { reason: reason.trim(), confirm: typed.trim(), to, force } }, {
      onSuccess: (moved) => {
        toast(moved.waits ? `Decision ${moved.waits.number} waits for a second person` : moved.sentence, { tone: "good", seconds: 8 });
        navigate(projectPath(project, "rollout"));
      },
    });
  }
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="promote-title" onClose={onClose}>
      <form className="form" onSubmit={send}>
        <h2 id="promote-title">Promote {page.name}</h2>
        {!passed && <p className="strip warn"><span><b>Its verdict is {page.version.verdict}.</b> {page.verdict?.summary}</span></p>}
        <label className="field"><span>How far</span><select value={to} onChange={(event) => setTo(event.target.value)}>{WAYS.map(([value, says]) => <option key={value} value={value}>{says}</option>)}</select></label>
        <label className="field"><span>Why? It goes to the audit.</span><textarea rows={2} required autoFocus value={reason} onChange={(event) => setReason(event.target.value)} /></label>
        <label className="field"><span>Write <b>{page.name}</b> to confirm</span><input value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} /></label>
        {!passed && <label className="line-up"><input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} /> Against its verdict; that is recorded.</label>}
        {change.error && <Failure error={change.error} />}
        <div className="line-up"><button type="button" onClick={onClose}>Leave it</button><button type="submit" className="primary" disabled={!ready || change.isPending}>Promote</button></div>
      </form>
    </dialog>
  );
}
