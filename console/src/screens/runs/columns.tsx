import type { RunRow } from "../../api/types";
import { IntervalMark } from "../../marks/IntervalMark";
import { roomy } from "../../marks/scale";
import { projectPath } from "../../shell/screens";
import { Name } from "../../shell/Name";
import { State } from "../../shell/State";
import { Ago } from "../../shell/Time";
import type { Column } from "../../table/Table";
import { Link } from "../../url/Link";
import { count, metricName, number, signed, took } from "../../words/format";
import { sentence, spoken } from "../../words/spoken";

export function runColumns(project: string, rows: readonly RunRow[]): Column<RunRow>[] {
  const differences = rows.slice(0, 200).map((row) => (row.figures?.champion ?? row.figures?.baseline)?.difference);
  const domain = roomy([0, ...differences.flatMap((one) => [one?.low, one?.high])], 0.04);
  return [
    { id: "id", head: "Run", sort: "id", width: "144px", cell: ({ run }) => <Link to={projectPath(project, "runs", run.id)}><Name text={run.id} /></Link> },
    { id: "began", narrow: false, head: "Began", sort: "started_at", width: "112px", cell: ({ run }) => <Ago at={run.started_at} /> },
    { id: "outcome", head: "Outcome", sort: "state", width: "126px", cell: (row) => <Outcome row={row} /> },
    { id: "metric", narrow: false, head: "On sealed rows", width: "184px", cell: (row) => <Metric row={row} /> },
    { id: "delta", head: "Against the champion", width: "168px", cell: (row) => <Delta row={row} domain={domain} />, narrow: false },
    { id: "version", narrow: false, head: "Version", sort: "version", width: "62px", cell: ({ run }) => (run.version ? <Link to={projectPath(project, "versions", `v${run.version}`)}>v{run.version}</Link> : <span className="none">–</span>) },
    { id: "time", narrow: false, head: "Took", numeric: true, width: "56px", cell: ({ seconds, interrupted }) => (interrupted ? "–" : took(seconds)) },
    { id: "who", head: "By", sort: "actor", width: "64px", cell: ({ run }) => run.actor, narrow: false },
    { id: "why", head: "What came of it", cell: ({ run, summary }) => <span title={spoken(summary ?? run.reason)}>{sentence(outcome(summary ?? run.reason))}</span>, narrow: false },
  ];
}

/** The verdict of what was finished; of all else how it stands. */
function Outcome({ row: { run, verdict, interrupted } }: { row: RunRow }) {
  if (interrupted) return <State state="interrupted" tone="warn" />;
  return <State state={run.state === "finished" && verdict ? verdict : run.state} />;
}

/** What its verdict says already is left out: there is little room. */
function outcome(text: string): string {
  return text.replace(/^(every gate passed|do not ship): /, "");
}

function Metric({ row }: { row: RunRow }) {
  const metric = row.figures?.metric;
  if (!metric) return <span className="none">not judged</span>;
  const { value, low, high, n } = metric.interval;
  return <span title={`${metricName(metric.name)} ${number(value)}, interval ${number(low)} to ${number(high)}, n ${count(n)}`}><b>{number(value)}</b> <span className="faint">{number(low, 3)} to {number(high, 3)}</span></span>;
}

function Delta({ row, domain }: { row: RunRow; domain: [number, number] }) {
  const against = row.figures?.champion ?? row.figures?.baseline;
  if (!against) return <span className="none">–</span>;
  const { value, low, high } = against.difference;
  const tone = low !== null && low > 0 ? "good" : high !== null && high < 0 ? "bad" : "idle";
  return (
    <span className="line-up tight" title={`Better than the ${against.against} by ${signed(value)}, interval ${signed(low)} to ${signed(high)}`}>
      <IntervalMark of={against.difference} domain={domain} limit={0} width={56} tone={tone} />
      <span className="num">{signed(value)}{against.against === "baseline" && <span className="faint"> base</span>}</span>
    </span>
  );
}
