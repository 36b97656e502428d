import type { Harm, Rollout } from "../../api/types";
import { Evidence } from "../../marks/Evidence";
import { IntervalMark } from "../../marks/IntervalMark";
import { State } from "../../shell/State";
import { count, number, share, shortDay } from "../../words/format";

/** The tests of harm, which may be looked at after each row. */
export function Harms({ now }: { now: Rollout }) {
  const tried = now.tried;
  return (
    <section className="panel">
      <header><h2>Is it doing harm?</h2><p>sequential test, may be read at any time; at most {share(now.harm_alpha, 0)} of harmless trials end for harm</p></header>
      {!tried && <p className="soft">{now.challenger ? "The next look will say: none has seen this version yet." : "While a version is tried, it is tested here against the live one, row by row: by its failures, and by its quality on labelled rows."}</p>}
      {tried && (
        <>
          <div className="tiles inner">
            <div className="tile"><div className="name">Rows answered</div><div className="value">{count(tried.answered)}</div><div className="after">{count(now.min_rows)} at least · since {shortDay(tried.since)}</div></div>
            <div className="tile"><div className="name">Could not answer</div><div className="value">{count(tried.failed)}</div><div className="after">{share(tried.answered + tried.failed ? tried.failed / (tried.answered + tried.failed) : 0, 2)} of its rows</div></div>
          </div>
          <div className="harms">
            <OneHarm title="Failures" harm={tried.failures} />
            <OneHarm title="Quality on labelled rows" harm={tried.quality} />
          </div>
        </>
      )}
    </section>
  );
}

function OneHarm({ title, harm }: { title: string; harm: Harm | null | undefined }) {
  if (!harm) return <div><h3>{title}</h3><p className="soft">Nothing to test yet.</p></div>;
  if (harm.cannot) return <div><h3>{title}</h3><State state="not tested" tone="idle">not tested</State><p className="sub">{harm.cannot}</p></div>;
  const shown = !!harm.shown_at;
  return (
    <div>
      <h3>{title}</h3>
      <p><State state={shown ? "harm" : "none"} tone={shown ? "bad" : "good"}>{shown ? `harm shown after ${count(harm.shown_after)} rows` : "no harm shown"}</State></p>
      <Evidence now={harm.evidence} largest={harm.largest} needed={harm.needed} />
      <p className="sub">{harm.what}: {harm.worse === null ? "nothing measured" : `worse by ${number(harm.worse, 3)}`}, tolerated {number(harm.tolerated, 3)}; {count(harm.draws)} of {count(harm.rows)} rows read</p>
      {harm.worse !== null && <IntervalMark of={{ value: harm.worse, low: null, high: null }} domain={[Math.min(0, harm.worse) - 0.01, Math.max(harm.tolerated, harm.worse) * 1.4 + 0.01]} limit={harm.tolerated} width={260} tone={harm.worse > harm.tolerated ? "warn" : ""} />}
    </div>
  );
}
