import { useMemo } from "react";
import { useGet, withQuery } from "../../api/hooks";
import type { ColumnRow, SnapshotPage } from "../../api/types";
import { usePages } from "../../api/usePages";
import { TimeSeries } from "../../marks/TimeSeries";
import { Async } from "../../shell/Async";
import { CopyText } from "../../shell/CopyText";
import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import { Clock } from "../../shell/Time";
import { changeQuery, useParam } from "../../url/location";
import { count, counted, middle, size } from "../../words/format";
import { Link } from "../../url/Link";
import { VirtualTable } from "../../table/VirtualTable";
import { Checks } from "./Checks";
import { profileColumns } from "./profileColumns";

const keyOf = (one: ColumnRow) => one.name;

export function Snapshot({ project, snapshot }: { project: string; snapshot: string }) {
  const path = `/projects/${project}/data/${snapshot}`;
  const page = useGet<SnapshotPage>(path);
  return (
    <Async of={page}>
      {(data) => (
        <>
          <PageHead title={`Snapshot ${data.row.id.slice(0, 10)}`} says={says(data)} cli="mw check" api={path} />
          <div className="columns">
            <div className="w7"><Checks checks={data.checks} /></div>
            <div className="w5 stack">
              <About project={project} page={data} />
              {data.periods.length > 1 && <section className="panel"><TimeSeries title="Rows" summary={`${count(data.row.rows)} rows by ${data.grain ?? "period"}.`} say={(value) => count(value)} zero height={120} series={[{ name: "rows", tone: "a", points: data.periods.map(([period, rows]) => ({ t: new Date(period).getTime(), value: rows })).filter((one) => Number.isFinite(one.t)) }]} /></section>}
            </div>
            <div className="w12"><Columns project={project} snapshot={snapshot} /></div>
          </div>
        </>
      )}
    </Async>
  );
}

function says(data: SnapshotPage): string {
  const stops = data.checks.filter((one) => one.severity === "stop" && !one.acknowledged).length;
  const warnings = data.checks.filter((one) => one.severity === "warning" && !one.acknowledged).length;
  return `${count(data.row.rows)} rows, ${count(data.row.columns)} columns; ${stops ? `${counted(stops, "check")} ${stops === 1 ? "stops" : "stop"} a run` : warnings ? counted(warnings, "warning") : "nothing stops a run"}.`;
}

function About({ project, page }: { project: string; page: SnapshotPage }) {
  const { row } = page;
  return (
    <section className="panel">
      <dl className="facts">
        <dt>As of</dt><dd><Clock at={row.as_of} /></dd>
        <dt>Taken by</dt><dd><Link to={projectPath(project, "runs", row.run)}>{middle(row.run, 30)}</Link></dd>
        <dt>From</dt><dd className="wrap">{row.sources.join(", ") || "–"}</dd>
        <dt>Size</dt><dd>{size(row.size)}</dd>
        {row.digest && <><dt>Digest</dt><dd><CopyText text={row.digest} /></dd></>}
        <dt>Set aside</dt><dd>{row.set_aside ? page.set_aside.map((one) => <span key={`${one.file} ${one.reason}`} className="sub">{count(one.count)}: {one.reason} ({one.file}{one.lines.length ? `, line ${one.lines.slice(0, 3).join(", ")}` : ""})</span>) : "no row"}</dd>
      </dl>
      {page.notes.map((one) => <p key={one} className="fine">{one}</p>)}
    </section>
  );
}

function Columns({ project, snapshot }: { project: string; snapshot: string }) {
  const q = useParam("q");
  const sort = useParam("sort");
  const { pages, rows, more, total } = usePages<ColumnRow>(withQuery(`/projects/${project}/data/${snapshot}/columns`, { limit: 200, q, sort }), keyOf);
  const shown = useMemo(() => profileColumns(project, snapshot, rows.map((one) => one.name)), [project, snapshot, rows]);
  return (
    <section>
      <div className="list-tools">
        <h2>Columns</h2>
        <input type="search" aria-label="Search a column" placeholder="Search a column  /" value={q} onChange={(event) => changeQuery({ q: event.target.value })} />
        <span className="grow" /><span className="of">{count(rows.length)} of {count(total)}</span>
      </div>
      <Async of={pages as never}>{() => <VirtualTable caption="Columns" rows={rows} columns={shown} rowKey={keyOf} href={(one) => projectPath(project, "data", snapshot, one.name)} sorting={{ by: sort, change: (by) => changeQuery({ sort: by }) }} more={more} total={total} />}</Async>
    </section>
  );
}
