import { useState } from "react";
import { useChange } from "../../api/hooks";
import { Failure } from "../../shell/Async";
import { useMayNot } from "../../shell/roles";
import { toast } from "../../shell/toasts";

/** Yes or no to a decision that waits, with a reason. */
export function Answering({ project, number }: { project: string; number: number }) {
  const change = useChange();
  const [reason, setReason] = useState("");
  const send = (what: "approve" | "decline") => void change.mutateAsync({ path: `/projects/${project}/decisions/${number}/${what}`, body: { reason } })
    .then(() => toast(what === "approve" ? "Approved" : "Declined", { tone: "good" }), () => undefined);
  const lesser = useMayNot(project, "approver");
  if (lesser) return <p className="fine">An approver says yes or no. {lesser}</p>;
  return (
    <div className="line-up answering">
      <input aria-label={`Reason for decision ${number}`} placeholder="Why? It goes to the audit." value={reason} onChange={(event) => setReason(event.target.value)} />
      <button type="button" className="primary" disabled={!reason.trim() || change.isPending} onClick={() => send("approve")}>Approve</button>
      <button type="button" disabled={!reason.trim() || change.isPending} onClick={() => send("decline")}>Decline</button>
      {change.error && <Failure error={change.error} />}
    </div>
  );
}
