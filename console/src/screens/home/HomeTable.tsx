import type { MetricValue, ProjectRow } from "../../api/types";
import { IntervalMark } from "../../marks/IntervalMark";
import { roomy } from "../../marks/scale";
import { Spark } from "../../marks/Spark";
import { projectPath } from "../../shell/screens";
import { State, type Tone } from "../../shell/State";
import { Ago } from "../../shell/Time";
import { Table, type Column } from "../../table/Table";
import { Link } from "../../url/Link";
import { count, day, metricName, milliseconds, number, share } from "../../words/format";

const TONES: Record<ProjectRow["state"], Tone> = { broken: "bad", worse: "bad", attention: "warn", trying: "busy", fine: "good", nothing_live: "idle" };
const WORDS: Record<ProjectRow["state"], string> = {
  broken: "Broken", worse: "Worse than promised", attention: "Needs a look", trying: "Trying a version", fine: "Fine", nothing_live: "Nothing live",
};

export function HomeTable({ rows }: { rows: ProjectRow[] }) {
  return <Table main stacks caption="Projects, the one in most trouble first" rows={rows} columns={COLUMNS} rowKey={(row) => row.name} href={(row) => projectPath(row.name, "monitoring")} />;
}

const COLUMNS: Column<ProjectRow>[] = [
  {
    id: "name", head: "Project", cell: (row) => (
      <>
        <Link to={projectPath(row.name, "monitoring")}><b>{row.name}</b></Link>
        <span className="sub"><State state={row.state} tone={TONES[row.state]}>{WORDS[row.state]}</State></span>
      </>
    ),
  },
  { id: "live", head: "Live", cell: (row) => <LiveVersion row={row} /> },
  { id: "quality", head: "Quality against its promise", cell: (row) => <Quality row={row} /> },
  { id: "drift", head: "Drift", narrow: false, cell: (row) => <Drift row={row} /> },
  { id: "traffic", head: "Traffic", narrow: false, cell: (row) => <Traffic row={row} /> },
  { id: "p95", head: "p95", numeric: true, narrow: false, cell: (row) => milliseconds(row.traffic?.p95_ms) },
  { id: "errors", head: "Errors", numeric: true, narrow: false, cell: (row) => share(row.traffic?.failed, 2) },
  { id: "retrain", head: "Last retrain", narrow: false, cell: (row) => <Ago at={row.last_retrain} /> },
  { id: "open", head: "Open", numeric: true, narrow: false, cell: (row) => count(row.troubles.filter((one) => one.level !== "waits").length) },
];

function LiveVersion({ row }: { row: ProjectRow }) {
  const live = row.status.live;
  if (!live) return <span className="none">none</span>;
  const tried = row.status.challenger;
  return (
    <>
      <Link to={projectPath(row.name, "versions", `v${live.version}`)}>v{live.version}</Link>
      <span className="sub whole">{tried ? <>trying <Link to={projectPath(row.name, "rollout")}>v{tried.version}</Link></> : `since ${day(live.event_at)}`}</span>
    </>
  );
}

/** The metric that is worst against its promise, or the one that it was judged by. */
export function mainMetric(row: ProjectRow): { real: MetricValue; promised: MetricValue | undefined } | null {
  const quality = row.quality;
  if (!quality || quality.version !== row.status.live?.version) return null;
  const name = row.promised?.metric?.name ?? quality.metrics[0]?.name;
  const pairs = quality.metrics.map((real) => ({ real, promised: quality.promised.find((one) => one.name === real.name) }));
  const broken = pairs.filter((one) => gap(one) > 0).sort((a, b) => gap(b) - gap(a));
  return broken[0] ?? pairs.find((one) => one.real.name === name) ?? pairs[0] ?? null;
}

/** By how much all of what is real lies on the wrong side of all that was promised, in widths of the promise. */
function gap({ real, promised }: { real: MetricValue; promised: MetricValue | undefined }): number {
  const [mine, theirs] = [real.interval, promised?.interval];
  if (mine.low === null || mine.high === null || !theirs || theirs.low === null || theirs.high === null) return 0;
  const width = theirs.high - theirs.low || 1;
  return (real.goal === "max" ? theirs.low - mine.high : mine.low - theirs.high) / width;
}

function Quality({ row }: { row: ProjectRow }) {
  const found = mainMetric(row);
  if (!found) return <span className="none">no labels yet</span>;
  const { real, promised } = found;
  const limit = promised?.interval.value ?? null;
  const worse = gap(found) > 0;
  const { value, low, high } = real.interval;
  return (
    <div className="quality-cell">
      <IntervalMark of={real.interval} domain={roomy([value, low, high, limit], 0.15)} limit={limit} width={130} tone={worse ? "bad" : ""} />
      <span><b>{number(value)}</b> <span className="faint">{metricName(real.name)}, promised {number(limit)}</span></span>
      <span className="sub wide-only">n {count(real.interval.n)}, labels complete to {day(row.quality?.window.complete_until)}</span>
    </div>
  );
}

function Drift({ row }: { row: ProjectRow }) {
  const causes = row.status.causes ?? [];
  if (!row.status.watched_until) return <span className="none">not watched yet</span>;
  if (causes.length === 0) return <State state="ok">none</State>;
  const worst = causes[0];
  return <><State state="warn">{causes.length} open</State><span className="sub clip short" title={worst?.sentence}>{worst?.sentence}</span></>;
}

function Traffic({ row }: { row: ProjectRow }) {
  if (!row.server) return <span className="none">no server</span>;
  if (!row.traffic) return <span className="none">not known</span>;
  const { per_second: rate, per_minute: minutes } = row.traffic;
  return <div className="line-up"><Spark values={minutes} says={`Requests a minute over the last ${minutes.length} minutes`} /><span className="num">{number(rate, 3)}/s</span></div>;
}
