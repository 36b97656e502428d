import { useState } from "react";
import { useGet, withQuery } from "../../api/hooks";
import type { Drift, DriftedColumn } from "../../api/types";
import { Spark } from "../../marks/Spark";
import { TimeSeries } from "../../marks/TimeSeries";
import { Async } from "../../shell/Async";
import { Name } from "../../shell/Name";
import { State } from "../../shell/State";
import { count, counted, day, number, plain, share, toldApart } from "../../words/format";
import { brush } from "./Monitoring";
import type { Time } from "./useTime";

const FIRST = 18;
const MOST = 60;

/** Columns from window to window: those that moved first, then by how much the model looks at them. */
export function DriftPanel({ project, time }: { project: string; time: Time }) {
  const [sought, setSought] = useState("");
  const drift = useGet<Drift>(withQuery(`/projects/${project}/drift`, { from: time.from, to: time.to, limit: MOST, q: sought }));
  const [open, setOpen] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  return (
    <section className="panel">
      <header>
        <h2>Drift by column</h2>
        <input type="search" aria-label="Search a column" placeholder="Search a column" value={sought} onChange={(event) => setSought(event.target.value)} />
      </header>
      <Async of={drift}>
        {(data) => (
          <>
            <p className="fine">{summary(data)}</p>
            <ul className="drift">
              {data.columns.slice(0, all ? undefined : FIRST).map((one) => <Row key={one.column} column={one} shown={told(data.columns)(one.column)} open={open === one.column} onOpen={() => setOpen(open === one.column ? null : one.column)} time={time} />)}
            </ul>
            <p className="line-up"><span className="of">{count(all ? data.columns.length : Math.min(FIRST, data.columns.length))} of {counted(data.total, "column")}</span>{data.columns.length > FIRST && <button type="button" className="quiet" onClick={() => setAll(!all)}>{all ? "Fewer" : data.total > data.columns.length ? "More" : "All"}</button>}{all && data.total > data.columns.length && <span className="of">search for others</span>}</p>
          </>
        )}
      </Async>
    </section>
  );
}

function summary(data: Drift): string {
  if (data.windows === 0) return "No window of this time was looked at.";
  return `${data.moved ? `${counted(data.moved, "column")} moved in this time, ${data.columns[0]?.column} the most important` : "No column moved in this time"}; ${counted(data.windows, "window")}, the last to ${day(data.until)}.`;
}

const told = (columns: readonly DriftedColumn[]) => toldApart(columns.map((one) => one.column));

function Row({ column, shown, open, onOpen, time }: { column: DriftedColumn; shown: string; open: boolean; onOpen: () => void; time: Time }) {
  const change = column.changes[0];
  const gauge = [...column.gauges].sort((a, b) => b.evidence - a.evidence)[0];
  return (
    <li>
      <button type="button" className="drift-row" aria-expanded={open} onClick={onOpen}>
        <span className="drift-name"><Name text={column.column} shown={shown} /></span>
        <span className="drift-weight" title={`${share(column.importance)} of what the model looks at`}>
          <svg className="mark bar" width={44} height={8} aria-hidden="true"><rect width={Math.max(1, Math.min(44, column.importance * 44 / 0.25))} height={8} rx={1.5} /></svg>
          <span className="num">{share(column.importance, 0)}</span>
        </span>
        {gauge ? <Spark values={gauge.series.points.map((one) => one.value)} width={104} says={`${plain(gauge.name)} over ${gauge.series.points.length} windows`} /> : <span />}
        <span className="drift-says" title={change ? changeSays(change) : undefined}>{change ? <State state="moved" tone={change.check === "missing" || change.check === "constant" || change.check === "unit" ? "bad" : "warn"}>{changeSays(change)}</State> : <span className="faint">as it was</span>}</span>
      </button>
      {open && column.gauges.map((one) => (
        <TimeSeries key={one.name} title={`${column.column}: ${plain(one.name)}`} summary={`${number(one.series.points.at(-1)?.value)} in the newest window; evidence for a lasting change ${number(one.evidence, 3)}.`} series={[{ name: one.name, tone: "a", points: one.series.points.map((point) => ({ t: new Date(point.start).getTime(), value: point.value, n: point.rows })) }]} domain={time.domain} onBrush={brush} height={120} note={`${one.series.shown} of ${one.series.of} windows`} />
      ))}
    </li>
  );
}

const CHANGES: Record<string, string> = { missing: "missing", unseen: "new levels", range: "out of range", unit: "another unit", constant: "one value", drift: "moved", slow_drift: "moved slowly" };

/** What moved, from what to what: short enough for a narrow column. A unit of `% missing` counts shares of rows. */
function changeSays(change: DriftedColumn["changes"][number]): string {
  const what = CHANGES[change.check] ?? plain(change.check).toLowerCase();
  if (change.was === null || change.now === null) return what;
  const of = change.unit.replace(/^% /, "");
  const [was, now] = [change.was, change.now].map((one) => number(one, 3) + (of === change.unit ? "" : " %"));
  return `${what}${of && of !== what ? `: ${of}` : ""} ${was} → ${now}`;
}
