import { useMemo } from "react";
import { withQuery } from "../../api/hooks";
import type { VersionRow } from "../../api/types";
import { usePages } from "../../api/usePages";
import { IntervalMark } from "../../marks/IntervalMark";
import { roomy } from "../../marks/scale";
import { Async, Empty } from "../../shell/Async";
import { Name } from "../../shell/Name";
import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import { State, type Tone } from "../../shell/State";
import { Day } from "../../shell/Time";
import type { Column } from "../../table/Table";
import { VirtualTable } from "../../table/VirtualTable";
import { Link } from "../../url/Link";
import { changeQuery, navigate, useParam } from "../../url/location";
import { counted, metricName, number, signed, size } from "../../words/format";
import type { ScreenProps } from "../props";

const STANDS: Record<VersionRow["standing"], [string, Tone]> = {
  live: ["live", "good"], shadow: ["in shadow", "busy"], canary: ["in canary", "busy"], was_live: ["was live", "idle"], never: ["never live", "idle"],
};

/** How a version stands, in a word. */
export const standsOf = (of: Pick<VersionRow, "standing" | "archived">): [string, Tone] => (of.archived ? ["archived", "idle"] : STANDS[of.standing]);

const SHOWN: [string, string][] = [["", "In use"], ["only", "Archived"], ["all", "All"]];

const keyOf = (row: VersionRow) => row.name;

export function Versions({ project }: ScreenProps) {
  const sort = useParam("sort");
  const chosen = new Set(useParam("versions").split(",").filter(Boolean));
  const archived = useParam("archived");
  const path = withQuery(`/projects/${project}/versions`, { limit: 200, sort, archived });
  const { pages, rows, more, first, total } = usePages<VersionRow>(path, keyOf);
  const shown = useMemo(() => columns(project, first?.items ?? []), [project, first]);
  const select = (keys: string[], on: boolean) => {
    const next = new Set(chosen);
    for (const key of keys) if (on) next.add(key); else next.delete(key);
    changeQuery({ versions: [...next].join(",") });
  };
  return (
    <>
      <PageHead title="Model versions" says={total === null ? undefined : counted(total, "version")} cli={archived ? "mw versions --all" : "mw versions"} api={path}>
        <button type="button" disabled={chosen.size < 2} title={chosen.size < 2 ? "Select two versions or more: x, or the boxes" : ""} onClick={() => navigate(`${projectPath(project, "compare")}?versions=${[...chosen].join(",")}`)}>Compare {chosen.size || ""}</button>
      </PageHead>
      <div className="list-tools"><div className="chips" role="group" aria-label="Which versions">{SHOWN.map(([value, says]) => <button key={value} type="button" aria-pressed={archived === value} onClick={() => changeQuery({ archived: value })}>{says}</button>)}</div></div>
      <Async of={pages as never}>
        {() => (rows.length === 0 && archived === "only"
          ? <Empty title="No version is archived."><p>A version that is not to be used again is put away with a reason, on its page or by hand.</p><pre>mw archive v3 --reason &quot;learnt from a leaked column&quot;</pre></Empty>
          : rows.length === 0
          ? <Empty title="There is no version yet."><p>A run that ends in a package makes one.</p><pre>mw train</pre></Empty>
          : <VirtualTable caption="Versions, the newest first" rows={rows} columns={shown} rowKey={keyOf} href={(row) => projectPath(project, "versions", row.name)} selected={chosen} onSelect={select} sorting={{ by: sort, change: (by) => changeQuery({ sort: by }) }} more={more} total={total} />)}
      </Async>
    </>
  );
}

function columns(project: string, rows: readonly VersionRow[]): Column<VersionRow>[] {
  const domain = roomy(rows.flatMap((one) => { const it = one.figures?.metric?.interval; return it ? [it.low, it.high] : []; }), 0.05);
  return [
    { id: "name", width: "196px", head: "Version", sort: "number", cell: (row) => <><Link to={projectPath(project, "versions", row.name)}><b>{row.name}</b></Link>{[...row.aliases].sort((a, b) => Number(b === "champion") - Number(a === "champion")).map((one) => <span key={one} className="tag accent spaced">{one}</span>)}</> },
    { id: "standing", width: "112px", head: "Stands", cell: (row) => { const [word, tone] = standsOf(row); return <State state={word} tone={tone} />; } },
    { id: "verdict", width: "124px", head: "Verdict", narrow: false, sort: "verdict", cell: (row) => <State state={row.version.verdict} /> },
    { id: "metric", width: "150px", head: "On sealed rows", narrow: false, cell: (row) => { const metric = row.figures?.metric; return metric ? <span className="line-up tight" title={metricName(metric.name)}><IntervalMark of={metric.interval} domain={domain} width={76} /><b className="num">{number(metric.interval.value)}</b></span> : <span className="none">–</span>; } },
    { id: "champion", width: "252px", head: "Better than the champion by", narrow: false, cell: (row) => { const d = row.figures?.champion?.difference; return d ? <span className="num">{signed(d.value)} <span className="faint">{signed(d.low, 2)} to {signed(d.high, 2)}</span></span> : <span className="none">–</span>; } },
    { id: "size", width: "76px", head: "Size", numeric: true, narrow: false, cell: (row) => size(row.figures?.size_bytes) },
    { id: "run", head: "Run", narrow: false, cell: (row) => <Link to={projectPath(project, "runs", row.version.run)}><Name text={row.version.run} /></Link> },
    { id: "at", width: "116px", head: "Made", narrow: false, sort: "created_at", cell: (row) => <Day at={row.version.created_at} /> },
  ];
}
