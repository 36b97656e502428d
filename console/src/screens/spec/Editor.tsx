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
import { leaveDraft, type Draft } from "./useDraft";

const PAUSE_MS = 350;

interface Found {
  marks: Mark[];
  changes: SpecChange[];
}

/** The text with its mistakes at their place; what it would change, and what a run would then do, before it counts. What was typed stays,
 * whatever somebody else saves meanwhile. */
export function Editor({ project, page, mayChange, draft }: { project: string; page: SpecPage; mayChange: boolean; draft: Draft | null }) {
  const [base, setBase] = useState(page);
  const [text, setText] = useState(draft?.text ?? page.text);
  const [reason, setReason] = useState("");
  const [at, setAt] = useState<Mark | null>(draft?.line ? { line: draft.line, column: 1, message: "", fix: "", source: "" } : null);
  const plan = useChange<PlanReport | { plan: PlanReport }>();
  const put = useChange<SpecPage>();
  const changed = text !== base.text;
  const found = useFound(project, base, text, mayChange && changed);
  const adopt = (next: SpecPage) => { setBase(next); setText(next.text); put.reset(); };
  useEffect(() => {
    if (page.digest !== base.digest && !changed) adopt(page);
  // only where another text lies there
  // eslint-disable-next-line
  }, [page.digest]);
  const save = () => void put.mutateAsync({ method: "PUT", path: `/projects/${project}/spec`, body: { text, reason }, headers: { "If-Match": `"${base.digest}"` } })
    .then((told) => { setBase(told); setReason(""); leaveDraft(); toast("The spec is changed", { tone: "good" }); }, () => undefined);
  const known = plan.data && "plan" in plan.data ? plan.data.plan : plan.data;
  const elsewhere = changed && page.digest !== base.digest;
  return (
    <>
      {elsewhere && <Elsewhere onTheirs={() => adopt(page)} onMine={() => { setBase(page); put.reset(); }} />}
      <div className="columns">
        <section className="panel flush w8"><CodeArea text={text} marks={found.marks} at={at} onChange={mayChange ? setText : undefined} /></section>
        <div className="w4 stack">
          <section className="panel form">
            <header><h2>{changed ? "Your change" : "As it is in the file"}</h2><p>{found.marks.length ? counted(found.marks.length, "mistake") : "no mistake"}</p></header>
            {!mayChange && <p className="soft">Only an admin of the project changes the spec. You may read it.</p>}
            <Marks marks={found.marks} onGo={setAt} />
            <Changes changes={found.changes} />
            {mayChange && (
              <>
                <div className="line-up">
                  <button type="button" disabled={found.marks.length > 0 || plan.isPending} onClick={() => plan.mutate({ path: `/projects/${project}/plan`, body: { text } })}>{plan.isPending ? "Planning…" : "What would a run do?"}</button>
                  <button type="button" className="quiet" disabled={!changed} onClick={() => { setText(base.text); leaveDraft(); }}>Undo all</button>
                </div>
                {changed && <label className="field"><span>Why? It goes to the audit.</span><input value={reason} onChange={(event) => setReason(event.target.value)} /></label>}
                <button type="button" className="primary" disabled={!changed || found.marks.length > 0 || !reason.trim() || put.isPending} onClick={save}>Save the spec</button>
              </>
            )}
            {put.error && !elsewhere && <Failure error={put.error} />}
            {plan.error && <Failure error={plan.error} />}
          </section>
          {known && <Plan plan={known} />}
        </div>
      </div>
    </>
  );
}

function Elsewhere({ onTheirs, onMine }: { onTheirs: () => void; onMine: () => void }) {
  return (
    <div className="strip warn" role="alert">
      <span><b>Somebody changed the spec meanwhile.</b> What you typed is still here, and is not saved. Take theirs, or go on with yours: you then see what it changes in theirs.</span>
      <span className="line-up tight"><button type="button" onClick={onTheirs}>Take theirs</button><button type="button" onClick={onMine}>Go on with mine</button></span>
    </div>
  );
}

/** The mistakes of what is typed, and what it would change, asked for once it rests. */
function useFound(project: string, base: SpecPage, text: string, asks: boolean): Found {
  const [found, setFound] = useState<Found>({ marks: base.marks, changes: [] });
  useEffect(() => {
    if (!asks) {
      setFound({ marks: base.marks, changes: [] });
      return undefined;
    }
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      ask<SpecCheck>("POST", `/projects/${project}/spec/check`, { body: { text }, signal: stop.signal })
        .then((told) => setFound(told), (error: unknown) => { if (error instanceof ApiError) toast(error.message, { tone: "bad" }); });
    }, PAUSE_MS);
    return () => { stop.abort(); window.clearTimeout(timer); };
  }, [text, asks, base, project]);
  return found;
}
