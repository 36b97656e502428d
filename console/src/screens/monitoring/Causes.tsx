import { useEffect, useRef, useState } from "react";
import { useChange } from "../../api/hooks";
import type { Cause, Finding } from "../../api/types";
import { State } from "../../shell/State";
import { Day } from "../../shell/Time";
import { Verb } from "../../shell/Verb";
import { toast } from "../../shell/toasts";
import { changeQuery, useParam } from "../../url/location";
import { counted, plain, share } from "../../words/format";
import { spoken } from "../../words/spoken";

export function Causes({ project, causes, findings, open }: { project: string; causes: Cause[]; findings: Finding[]; open: ReadonlySet<string> }) {
  const asked = useParam("finding");
  const of = asked && causes.find((one) => one.findings.includes(asked))?.id;
  const chosen = useParam("cause");
  const wanted = of || chosen;
  const lone = asked && !of ? findings.find((one) => one.id === asked) : undefined;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => { if (asked || wanted) panel.current?.scrollIntoView({ block: "nearest" }); }, [asked, wanted]);
  const sorted = [...causes].sort((a, b) => Number(b.id === wanted) - Number(a.id === wanted) || Number(open.has(b.id)) - Number(open.has(a.id)) || b.event_at.localeCompare(a.event_at));
  const [all, setAll] = useState(false);
  return (
    <section ref={panel} className="panel">
      <header><h2>Causes</h2><p>{open.size ? `${open.size} open` : "none open"}</p></header>
      {lone && <OneFinding finding={lone} />}
      {causes.length === 0 && <p className="soft">Nothing was found yet.</p>}
      {sorted.slice(0, all ? undefined : 6).map((one) => <OneCause key={one.id} project={project} cause={one} open={open.has(one.id)} wanted={one.id === wanted} />)}
      {sorted.length > 6 && <button type="button" className="quiet" onClick={() => setAll(!all)}>{all ? "Fewer" : `All ${sorted.length}`}</button>}
    </section>
  );
}

function OneCause({ project, cause, open, wanted }: { project: string; cause: Cause; open: boolean; wanted: boolean }) {
  const change = useChange();
  const know = () => void change.mutateAsync({ path: `/projects/${project}/causes/${cause.id}/ack`, body: { reason: "known" } })
    .then(() => toast("Marked as known: it is not told again while it goes on", { tone: "good" }), (error: Error) => toast(error.message, { tone: "bad" }));
  const loss = cause.loss;
  return (
    <article className={wanted ? "cause wanted" : "cause"}>
      <p className="line-up"><State state={open ? "open" : "over"} tone={open ? (loss?.page ? "bad" : "warn") : "idle"}>{open ? "open" : "over"}</State><span className="tag">{plain(cause.kind)}</span>{cause.feed && <span className="tag">{cause.feed}</span>}<span className="grow" />{open && <Verb project={project} needs="operator" className="quiet" disabled={change.isPending} onClick={know}>Mark as known</Verb>}</p>
      <p><b>{cause.title}</b></p>
      <p className="sub">Since <Day at={cause.onset.start} />, in {counted(cause.looks, "look")}{loss ? `; it may cost ${share(loss.share)} of what the model is worth${loss.measured ? ", measured" : ", expected"}` : ""}</p>
      <details><summary>More</summary><p className="soft wrap">{spoken(cause.sentence)}</p>{cause.columns.length > 0 && <p className="fine wrap">{cause.columns.join(", ")}</p>}</details>
    </article>
  );
}

/** A finding that no cause of late explains. */
function OneFinding({ finding }: { finding: Finding }) {
  return (
    <article className="cause wanted">
      <p className="line-up"><State state={finding.kind} tone={finding.loss?.page ? "bad" : "warn"}>{plain(finding.kind)}</State><span className="sub"><Day at={finding.event_at} /></span><span className="grow" /><button type="button" className="quiet icon" aria-label="Leave this finding" onClick={() => changeQuery({ finding: null })}>✕</button></p>
      <p className="wrap">{spoken(finding.sentence)}</p>
    </article>
  );
}
