import { useGet } from "../../api/hooks";
import { apiUrl } from "../../api/client";
import type { VersionPage } from "../../api/types";
import { Calibration } from "../../marks/Calibration";
import { Forest } from "../../marks/Forest";
import { Histogram } from "../../marks/Histogram";
import { Async } from "../../shell/Async";
import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import { State } from "../../shell/State";
import { VerbLink } from "../../shell/Verb";
import { Link } from "../../url/Link";
import { count, metricName, number, share, signed } from "../../words/format";
import { Importance } from "../run/Run";
import type { ScreenProps } from "../props";
import { Archive, Archived } from "./Archive";
import { Card } from "./Card";
import { Gates } from "./Gates";
import { Metrics } from "./Metrics";
import { Promote } from "./Promote";
import { Package } from "./Package";
import { Share } from "./Share";
import { Schema } from "./Schema";
import { Slices } from "./Slices";
import { TryIt } from "./TryIt";
import { standsOf } from "./Versions";
import { sentence } from "../../words/spoken";

export function Version({ project, rest: [name = ""] }: ScreenProps) {
  const path = `/projects/${project}/versions/${encodeURIComponent(name)}`;
  const version = useGet<VersionPage>(path);
  return <Async of={version} rows={10}>{(page) => <Shown project={project} path={path} page={page} />}</Async>;
}

function Shown({ project, path, page }: { project: string; path: string; page: VersionPage }) {
  const [word, tone] = standsOf(page);
  const { evaluation } = page;
  return (
    <>
      <PageHead title={page.name} says={sentence(page.verdict?.summary ?? page.version.summary)} cli={`mw report ${page.name}`} api={path}>
        <Promote project={project} page={page} />
        <Archive project={project} page={page} />
        <Share project={project} version={page.name} />
        <VerbLink project={project} needs="admin" to={`${projectPath(project, "spec")}?like=${page.name}`}>Clone into spec</VerbLink>
        <a className="button" href={apiUrl(`${path}/report`)} target="_blank" rel="noreferrer">Report</a>
        {page.standing === "live" || page.standing === "shadow" || page.standing === "canary" ? <Link className="button" to={projectPath(project, "rollout")}>Rollout</Link> : null}
      </PageHead>
      {page.archived && <Archived archived={page.archived} />}
      {!page.signed.ok && <p className="strip bad" role="alert"><span><b>Not served.</b> The package is not as it was signed: {page.signed.refused}</span></p>}
      <div className="tiles">
        <div className="tile"><div className="name">Verdict</div><div className="value"><State state={page.version.verdict} /></div><div className="after">{page.verdict?.champion ? `against ${page.verdict.champion}` : "no champion then"}</div></div>
        <div className="tile"><div className="name">Stands</div><div className="value"><State state={word} tone={tone} /></div><div className="after">{page.aliases.join(", ") || "no alias"}</div></div>
        <div className="tile"><div className="name">Signature</div><div className="value"><State state={page.signed.ok ? "verified" : "broken"} /></div><div className="after">{page.signed.key.slice(0, 12) || "no key"}</div></div>
        <MainTile page={page} />
        {page.timings && <div className="tile"><div className="name">A row takes</div><div className="value">{number(page.timings.row_p50_ms * 1000, 3)} µs</div><div className="after">p99 {number(page.timings.row_p99_ms * 1000, 3)} µs</div></div>}
      </div>
      <div className="columns">
        <div className="w7 stack">
          {page.verdict && <Gates verdict={page.verdict} />}
          {evaluation && <Metrics evaluation={evaluation} />}
          {evaluation && evaluation.comparisons.length > 0 && <section className="panel"><Forest title="On the same rows" summary={comparisonSays(page)} limit={0} limitName="no difference" say={(value) => signed(value)} rows={evaluation.comparisons.map((one) => ({ name: <>{metricName(one.metric)} <span className="faint">against {one.version ?? one.against}{one.group ? `, ${one.column} ${one.group}` : ""}</span></>, text: `${metricName(one.metric)} against ${one.version ?? one.against}`, of: one.difference, tone: (one.difference.low ?? 0) > 0 ? "good" : (one.difference.high ?? 0) < 0 ? "bad" : "idle" }))} note="Above zero is better, whatever the metric's goal; paired on the same sealed rows." /></section>}
          {evaluation && evaluation.slices.length > 0 && <Slices evaluation={evaluation} />}
          {page.example && page.contract && <TryIt project={project} version={page.name} contract={page.contract} example={page.example} importance={evaluation?.importance ?? []} />}
        </div>
        <div className="w5 stack">
          {evaluation && evaluation.calibration.length > 0 && <section className="panel"><Calibration title="Calibration" summary={`On average ${number(evaluation.calibration_error, 3)} between what was said and what came true, on ${count(evaluation.rows)} sealed rows.`} curves={[{ name: page.name, points: evaluation.calibration }]} /></section>}
          {evaluation && evaluation.histogram.length > 1 && <section className="panel"><Histogram title="What it says" summary={`Answers on ${count(evaluation.rows)} sealed rows.`} bins={binsOf(evaluation.histogram)} /></section>}
          {evaluation && evaluation.importance.length > 0 && <Importance of={evaluation.importance} />}
          <Package project={project} page={page} />
        </div>
        <div className="w12 stack">
          {page.contract && <Schema contract={page.contract} />}
          {page.card && <Card text={page.card} of={page.version} />}
        </div>
      </div>
    </>
  );
}

function MainTile({ page }: { page: VersionPage }) {
  const metric = page.evaluation?.metrics.find((one) => one.name === page.evaluation?.metric);
  if (!metric) return null;
  const { value, low, high, n } = metric.interval;
  return <div className="tile"><div className="name">{metricName(metric.name)}</div><div className="value">{number(value)}</div><div className="after">{number(low)} to {number(high)}, n {count(n)}</div></div>;
}

function comparisonSays(page: VersionPage): string {
  const clear = page.evaluation?.comparisons.filter((one) => (one.difference.low ?? 0) > 0).length ?? 0;
  const all = page.evaluation?.comparisons.length ?? 0;
  return `${clear} of ${all} comparisons are surely better, at ${share(page.evaluation?.comparisons[0]?.difference.level ?? 0.95, 0)} confidence.`;
}

function binsOf(histogram: [number, number][]): { from: number; to: number; count: number }[] {
  const step = (histogram[1]?.[0] ?? 1) - (histogram[0]?.[0] ?? 0);
  return histogram.map(([from, n], i) => ({ from, to: histogram[i + 1]?.[0] ?? from + step, count: n }));
}
