import { useGet } from "../../api/hooks";
import type { LabelLine, LogEntry } from "../../api/types";
import { Bars } from "../../marks/Bars";
import { Async } from "../../shell/Async";
import { CopyText } from "../../shell/CopyText";
import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import { State } from "../../shell/State";
import { Clock } from "../../shell/Time";
import { Link } from "../../url/Link";
import { count, middle, number, signed } from "../../words/format";
import { keyText } from "./Predictions";
import { flagWords } from "../../words/spoken";

/** One prediction: what was asked, what was answered, why, and what came true. */
export function Prediction({ project, id }: { project: string; id: string }) {
  const path = `/projects/${project}/log/predictions/${encodeURIComponent(id)}`;
  const entry = useGet<LogEntry>(path);
  return (
    <Async of={entry}>
      {(data) => {
        const { row } = data;
        const told = data.labels.rows;
        return (
          <>
            <PageHead title={`Prediction ${middle(id, 26)}`} says={`${row.score === null ? "Answered" : `Scored ${number(row.score)}`} by v${row.version}, ${row.role}; ${row.label ? `came true: ${String(row.label.value)}` : "no label yet"}.`} cli={`mw log labels --id ${id}`} api={path} />
            <div className="columns">
              <section className="panel w5">
                <header><h2>Answer</h2></header>
                <dl className="facts">
                  <dt>Id</dt><dd><CopyText text={row.id} /></dd>
                  <dt>Happened</dt><dd><Clock at={row.event_at} /></dd>
                  <dt>Known</dt><dd><Clock at={row.known_at} /></dd>
                  <dt>Version</dt><dd><Link to={projectPath(project, "versions", `v${row.version}`)}>v{row.version}</Link> <State state={row.role} /></dd>
                  {row.key && <><dt>Key</dt><dd className="wrap">{keyText(row.key)}</dd></>}
                  {row.caller && <><dt>Caller</dt><dd>{row.caller}</dd></>}
                  {row.flags.length > 0 && <><dt>Flags</dt><dd>{row.flags.map((one) => <span key={one} className="tag warn" title={one}>{flagWords(one)}</span>)}</dd></>}
                  {Object.entries(row.answer).map(([name, value]) => <div key={name} className="pair"><dt>{name}</dt><dd><b>{typeof value === "number" ? number(value) : typeof value === "object" ? JSON.stringify(value) : String(value)}</b></dd></div>)}
                </dl>
                <h3 className="above">Labels told of it</h3>
                {told.length === 0 ? <p className="soft">None yet.</p> : told.map((one, i) => <LabelRow key={i} label={one} />)}
              </section>
              <div className="w7 stack">
                <section className="panel"><Why data={data} /></section>
                <section className="panel">
                  <header><h2>What was asked</h2><p>{count(Object.keys(row.request).length)} columns</p></header>
                  <dl className="facts wide">{Object.entries(row.request).map(([name, value]) => <div key={name} className="pair"><dt className="wrap">{name}</dt><dd>{data.hidden.includes(name) ? <span className="tag">hashed in the log</span> : value === null ? <span className="none">missing</span> : String(value)}</dd></div>)}</dl>
                </section>
              </div>
            </div>
          </>
        );
      }}
    </Async>
  );
}

function LabelRow({ label }: { label: LabelLine }) {
  return <div className="entry"><span className="when"><Clock at={label.known_at} /></span><p><b>{String(label.value)}</b> <span className="tag">{label.state.replace(/_/g, " ")}</span> <span className="faint">from {label.source}</span></p></div>;
}

function Why({ data }: { data: LogEntry }) {
  const parts = contributions(data.explanation);
  if (parts.length === 0) return <><h2>Why</h2><p className="soft">{data.cannot_explain || "Nothing can be said of it."}</p></>;
  return <Bars title="Why" summary={`What moved this answer most: ${parts[0]?.name}.`} bars={parts.slice(0, 14).map((one) => ({ ...one, tone: one.value < 0 ? "b" : "" }))} say={(value) => signed(value)} note="Grey pulls down, colour pulls up." />;
}

/** Contributions in whichever of its forms an explanation gives them. */
export function contributions(explanation: unknown): { name: string; value: number }[] {
  if (!explanation || typeof explanation !== "object") return [];
  const given = explanation as Record<string, unknown>;
  const inside = given["contributions"] ?? given["columns"] ?? given["parts"] ?? explanation;
  const pairs: [string, unknown][] = Array.isArray(inside)
    ? inside.map((one) => (Array.isArray(one) ? [String(one[0]), one[1]] : [String(one.column ?? one.feature ?? one.name), one.contribution ?? one.value ?? one.added]))
    : Object.entries(inside as Record<string, unknown>);
  return pairs.map(([name, value]) => ({ name, value: Number(value) })).filter((one) => Number.isFinite(one.value) && typeof one.value === "number").sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
}
