import type { SnapshotRow } from "../../api/types";
import { usePages } from "../../api/usePages";
import { Spark } from "../../marks/Spark";
import { Async, Empty } from "../../shell/Async";
import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import { Day } from "../../shell/Time";
import { Table, type Column } from "../../table/Table";
import { Link } from "../../url/Link";
import { changeQuery, navigate, useParam } from "../../url/location";
import { count, counted, middle, size } from "../../words/format";

const keyOf = (one: SnapshotRow) => one.id;

export function Snapshots({ project }: { project: string }) {
  const { pages, rows, more, total } = usePages<SnapshotRow>(`/projects/${project}/data?limit=100`, keyOf);
  const chosen = new Set(useParam("snapshots").split(",").filter(Boolean));
  const [first, second] = [...chosen];
  const select = (keys: string[], on: boolean) => {
    const next = new Set(chosen);
    for (const key of keys) if (on) next.add(key); else next.delete(key);
    changeQuery({ snapshots: [...next].slice(-2).join(",") });
  };
  return (
    <>
      <PageHead title="Data and contract" says={total === null ? undefined : `${counted(total, "snapshot")}: the rows as they were copied, before anything read them.`} cli="mw check" api={`/projects/${project}/data`}>
        <button type="button" disabled={chosen.size !== 2} title={chosen.size === 2 ? "" : "Select two snapshots"} onClick={() => navigate(projectPath(project, "data", first ?? "", "compare", second ?? ""))}>Compare two</button>
      </PageHead>
      <Async of={pages as never}>
        {() => (rows.length === 0 ? <Empty title="No data was taken in yet."><p>A check copies the rows of the spec's source, proves them and infers a contract.</p><pre>mw check</pre></Empty> : (
          <>
            <Table main caption="Snapshots, the newest first" rows={rows} columns={columns(project, rows)} rowKey={keyOf} href={(row) => projectPath(project, "data", row.id)} selected={chosen} onSelect={select} />
            {more && <button type="button" className="quiet" onClick={more}>More</button>}
          </>
        ))}
      </Async>
    </>
  );
}

function columns(project: string, rows: SnapshotRow[]): Column<SnapshotRow>[] {
  const history = rows.map((one) => one.rows).reverse();
  return [
    { id: "id", head: "Snapshot", cell: (row) => <Link to={projectPath(project, "data", row.id)}><b>{row.id.slice(0, 10)}</b></Link> },
    { id: "as_of", head: "As of", cell: (row) => <Day at={row.as_of} /> },
    { id: "rows", head: "Rows", numeric: true, cell: (row) => count(row.rows) },
    { id: "growth", head: "All snapshots so far", narrow: false, cell: (row) => <Spark values={history.slice(0, history.length - rows.indexOf(row))} says={`Rows of the snapshots up to this one: ${count(row.rows)}`} /> },
    { id: "columns", head: "Columns", numeric: true, narrow: false, cell: (row) => count(row.columns) },
    { id: "aside", head: "Set aside", numeric: true, narrow: false, cell: (row) => (row.set_aside ? <span className="tag warn">{count(row.set_aside)}</span> : "0") },
    { id: "size", head: "Size", numeric: true, narrow: false, cell: (row) => size(row.size) },
    { id: "run", head: "Run", narrow: false, cell: (row) => <Link to={projectPath(project, "runs", row.run)} title={row.run}>{middle(row.run, 20)}</Link> },
    { id: "sources", head: "From", narrow: false, rest: true, cell: (row) => <span title={row.sources.join(", ")}>{row.sources.map((one) => one.split("/").at(-1)).join(", ")}</span> },
  ];
}
