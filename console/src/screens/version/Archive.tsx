import { useEffect, useRef, useState, type FormEvent } from "react";
import { useChange } from "../../api/hooks";
import type { Decision, VersionPage } from "../../api/types";
import { Failure } from "../../shell/Async";
import { Clock } from "../../shell/Time";
import { Verb } from "../../shell/Verb";
import { toast } from "../../shell/toasts";

const SAYS = {
  archive: { does: "Archive", done: "is archived", what: "Lists leave it out, and it is not released until it is restored. Nothing is removed." },
  restore: { does: "Restore", done: "is back", what: "It is listed again, and may be released." },
} as const;

/** Put a version away that is not to be used again, or take it back; with a reason. */
export function Archive({ project, page }: { project: string; page: VersionPage }) {
  const [open, setOpen] = useState(false);
  const action = page.archived ? "restore" : "archive";
  return (
    <>
      <Verb project={project} needs="approver" whyNot={page.archived ? "" : page.kept} onClick={() => setOpen(true)}>{SAYS[action].does}…</Verb>
      {open && <ArchiveDialog path={`/projects/${project}/versions/${page.name}`} name={page.name} action={action} onClose={() => setOpen(false)} />}
    </>
  );
}

/** By whom, when and why a version was put away. */
export function Archived({ archived }: { archived: Decision }) {
  return <p className="strip warn"><span><b>Archived</b> by {archived.actor}, <Clock at={archived.event_at} />: {archived.reason}</span></p>;
}

interface ArchiveDialogProps {
  path: string;
  name: string;
  action: "archive" | "restore";
  onClose: () => void;
}

function ArchiveDialog({ path, name, action, onClose }: ArchiveDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const change = useChange<Decision>();
  const back = useChange<Decision>();
  const [reason, setReason] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const { does, done, what } = SAYS[action];
  function undo() {
    const inverse = action === "archive" ? "restore" : "archive";
    back.mutate({ path: `${path}/${inverse}`, body: { reason: `undo of ${action}` } }, { onSuccess: () => toast("Undone", { tone: "good" }), onError: (error: Error) => toast(error.message, { tone: "bad" }) });
  }
  function send(event: FormEvent) {
    event.preventDefault();
    if (!reason.trim()) return;
    change.mutate({ path: `${path}/${action}`, body: { reason: reason.trim() } }, {
      onSuccess: () => {
        toast(`${name} ${done}`, { tone: "good", undo });
        onClose();
      },
    });
  }
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="archive-title" onClose={onClose}>
      <form className="form" onSubmit={send}>
        <h2 id="archive-title">{does} {name}</h2>
        <p className="soft">{what}</p>
        <label className="field"><span>Why? It goes to the audit.</span><textarea rows={2} required autoFocus value={reason} onChange={(event) => setReason(event.target.value)} /></label>
        {change.error && <Failure error={change.error} />}
        <div className="line-up"><button type="button" onClick={onClose}>Leave it</button><button type="submit" className="primary" disabled={!reason.trim() || change.isPending}>{does}</button></div>
      </form>
    </dialog>
  );
}
