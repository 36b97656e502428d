import { useEffect, useState } from "react";
import { ApiError, ask } from "../../api/client";
import { useChange } from "../../api/hooks";
import type { Mark, PlanReport, SpecChange, SpecCheck, SpecPage } from "../../api/types";
import { Failure } from "../../shell/Async";
import { toast } from "../../shell/toasts";
import { counted } from "../../words/format";
import { Changes } from "./Changes";
import { CodeArea } from "./CodeArea";
import { Marks } from "./Marks";
import { Plan } from "./Plan";

const PAUSE_MS = 350;

/** The text with its mistakes at their place; what it would change, and what a run would then do, before it counts. */
export function Editor({ project, page, mayChange }: { project: string; page: SpecPage; mayChange: boolean }) {
  const [text, setText] = useState(page.text);
  const [reason, setReason] = useState("");
  const [found, setFound] = useState<{ marks: Mark[]; changes: SpecChange[] }>({ marks: page.marks, changes: [] });
  const [at, setAt] = useState<Mark | null>(null);
  const plan = useChange<PlanReport | { plan: PlanReport }>();
  const put = useChange<SpecPage>();
  const changed = text !== page.text;
  useEffect(() => {
    if (!mayChange || !changed) {
      setFound({ marks: page.marks, changes: [] });
      return undefined;
    }
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      ask<SpecCheck>("POST", `/projects/${project}/spec/check`, { body: { text }, signal: stop.signal })
        .then((told) => setFound(told), (error: unknown) => { if (error instanceof ApiError) toast(error.message, { tone: "bad" }); });
    }, PAUSE_MS);
    return () => { stop.abort(); window.clearTimeout(timer); };
  }, [text, changed, mayChange, page.marks, project]);
  const save = () => void put.mutateAsync({ method: "PUT", path: `/projects/${project}/spec`, body: { text, reason }, headers: { "If-Match": `"${page.digest}"` } }).then(() => toast("The spec is changed", { tone: "good" }), () => undefined);
  const known = plan.data && "plan" in plan.data ? plan.data.plan : plan.data;
  return (
    <div className="columns">
      <section className="panel flush w8"><CodeArea text={text} marks={found.marks} at={at} onChange={mayChange ? setText : undefined} /></section>
      <div className="w4 stack">
        <section className="panel form">
          <header><h2>{changed ? "Your change" : "As it lies there"}</h2><p>{found.marks.length ? counted(found.marks.length, "mistake") : "no mistake"}</p></header>
          {!mayChange && <p className="soft">Only an admin of the project changes the spec. You may read it.</p>}
          <Marks marks={found.marks} onGo={setAt} />
          <Changes changes={found.changes} />
          {mayChange && (
            <>
              <div className="line-up">
                <button type="button" disabled={found.marks.length > 0 || plan.isPending} onClick={() => plan.mutate({ path: `/projects/${project}/plan`, body: { text } })}>{plan.isPending ? "Planning…" : "What would a run do?"}</button>
                <button type="button" className="quiet" disabled={!changed} onClick={() => setText(page.text)}>Undo all</button>
              </div>
              {changed && <label className="field"><span>Why? It goes to the audit.</span><input value={reason} onChange={(event) => setReason(event.target.value)} /></label>}
              <button type="button" className="primary" disabled={!changed || found.marks.length > 0 || !reason.trim() || put.isPending} onClick={save}>Save the spec</button>
            </>
          )}
          {put.error && <Failure error={put.error} />}
          {plan.error && <Failure error={plan.error} />}
        </section>
        {known && <Plan plan={known} />}
      </div>
    </div>
  );
}
