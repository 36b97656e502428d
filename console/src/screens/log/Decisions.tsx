import { useGet, withQuery } from "../../api/hooks";
import type { DecisionRow, Explained } from "../../api/types";
import { usePages } from "../../api/usePages";
import { Async, Empty } from "../../shell/Async";
import { State } from "../../shell/State";
import { Day } from "../../shell/Time";
import type { Span } from "../../shell/TimeRange";
import { changeQuery, useParam } from "../../url/location";
import { count, counted, plain } from "../../words/format";
import { Answering } from "./Answering";
import { NothingThen } from "./NothingThen";
import { sentence, spoken } from "../../words/spoken";

const keyOf = (row: DecisionRow) => String(row.decision.number);

export function Decisions({ project, span }: { project: string; span: Span }) {
  const open = Number(useParam("open")) || null;
  const { pages, rows, more, total } = usePages<DecisionRow>(withQuery(`/projects/${project}/decisions`, { limit: 100, from: span.from, to: span.to }), keyOf);
  return (
    <Async of={pages as never}>
      {() => (rows.length === 0 ? span.from || span.to ? <NothingThen title="Nothing was decided in this time." /> : <Empty title="Nothing was decided yet."><p>The loop decides once a version is live and is watched.</p></Empty> : (
        <section className="panel">
          <header><h2>Decisions</h2><p>{count(rows.length)} of {counted(total ?? rows.length, "decision")}</p></header>
          {rows.map((row) => <OneDecision key={row.decision.number} project={project} row={row} open={row.decision.number === open} />)}
          {more && <button type="button" className="quiet" onClick={more}>More</button>}
        </section>
      ))}
    </Async>
  );
}

function OneDecision({ project, row, open }: { project: string; row: DecisionRow; open: boolean }) {
  const { decision } = row;
  return (
    <div className="entry">
      <span className="when"><Day at={decision.event_at} /><br />no. {decision.number}</span>
      <div>
        <p className="line-up">
          <button type="button" className="row-button" aria-expanded={open} onClick={() => changeQuery({ open: open ? null : String(decision.number) })}><State state={decision.action} />{decision.version !== null && <>&nbsp;v{decision.version}</>}</button>
          <span className="tag">{decision.actor}</span>
          {decision.mode === "advise" && <span className="tag">advised</span>}
          {row.waits && <span className="tag warn">waits for a person</span>}
        </p>
        <p className="soft">{decision.actor === "policy" ? sentence(decision.reason) : decision.reason}</p>
        {row.waits && <Answering project={project} number={decision.number} />}
        {open && <Evidence project={project} number={decision.number} />}
      </div>
    </div>
  );
}

function Evidence({ project, number }: { project: string; number: number }) {
  const told = useGet<Explained>(`/projects/${project}/decisions/${number}`);
  return (
    <div className="why">
      <Async of={told} rows={3}>
        {({ explanation }) => (
          <>
            <p><b>{plain(explanation.decision.rule)}</b></p>
            <ul className="terms">{explanation.terms.map((one) => <li key={one.name}><span className={one.holds ? "good-text" : "bad-text"} aria-label={one.holds ? "holds" : "does not hold"}>{one.holds ? "✓" : "✗"}</span><span>{spoken(one.name)}</span><span><b>{one.value}</b> <span className="faint">{one.limit}</span></span></li>)}</ul>
            {explanation.findings.map((one) => <p key={one.id} className="fine wrap">{spoken(one.sentence)}</p>)}
            {explanation.origin && <p className="fine">Follows from decision {explanation.origin.number}: {explanation.origin.action}.</p>}
            {explanation.following.length > 0 && <p className="fine">Then: {explanation.following.map((one) => `${one.number} ${one.action}`).join(", ")}.</p>}
            {explanation.gone && <p className="fine">{explanation.gone}</p>}
          </>
        )}
      </Async>
    </div>
  );
}
