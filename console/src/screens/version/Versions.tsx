import { useGet, withQuery } from "../../api/hooks";
import type { Page, VersionRow } from "../../api/types";
import { IntervalMark } from "../../marks/IntervalMark";
import { roomy } from "../../marks/scale";
import { Async, Empty } from "../../shell/Async";
import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import { State, type Tone } from "../../shell/State";
import { Day } from "../../shell/Time";
import { Table, type Column } from "../../table/Table";
import { Link } from "../../url/Link";
import { changeQuery, navigate, useParam } from "../../url/location";
import { counted, metricName, number, signed, size } from "../../words/format";
import type { ScreenProps } from "../props";

export const STANDS: Record<VersionRow["standing"], [string, Tone]> = {
  live: ["live", "good"], shadow: ["in shadow", "busy"], canary: ["in canary", "busy"], was_live: ["was live", "idle"], never: ["never live", "idle"],
};

export function Versions({ project }: ScreenProps) {
  const sort = useParam("sort");
  const chosen = new Set(useParam("versions").split(",").filter(Boolean));
  const path = withQuery(`/projects/${project}/versions`, { limit: 200, sort });
  const versions = useGet<Page<VersionRow>>(path);
  const select = (keys: string[], on: boolean) => {
    const next = new Set(chosen);
    for (const key of keys) if (on) next.add(key); else next.delete(key);
    changeQuery({ versions: [...next].join(",") });
  };
  return (
    <Async of={versions}>
      {(page) => {
        const domain = roomy(page.items.flatMap((one) => { const it = one.figures?.metric?.interval; return it ? [it.low, it.high] : []; }), 0.05);
        return (
          <>
            <PageHead title="Model versions" says={counted(page.total ?? page.items.length, "version")} cli="mw versions" api={path}>
              <button type="button" disabled={chosen.size < 2} title={chosen.size < 2 ? "Select two versions or more" : ""} onClick={() => navigate(`${projectPath(project, "compare")}?versions=${[...chosen].join(",")}`)}>Compare {chosen.size || ""}</button>
            </PageHead>
            {page.items.length === 0
              ? <Empty title="There is no version yet."><p>A run that ends in a package makes one.</p><pre>mw train</pre></Empty>
              : <Table main caption="Versions, the newest first" rows={page.items} columns={columns(project, domain)} rowKey={(row) => row.name} href={(row) => projectPath(project, "versions", row.name)} selected={chosen} onSelect={select} sorting={{ by: sort, change: (by) => changeQuery({ sort: by }) }} />}
          </>
        );
      }}
    </Async>
  );
}

function columns(project: string, domain: [number, number]): Column<VersionRow>[] {
  return [
    { id: "name", head: "Version", sort: "number", cell: (row) => <><Link to={projectPath(project, "versions", row.name)}><b>{row.name}</b></Link>{row.aliases.map((one) => <span key={one} className="tag accent spaced">{one}</span>)}</> },
    { id: "standing", head: "Stands", cell: (row) => { const [word, tone] = STANDS[row.standing]; return <State state={word} tone={tone} />; } },
    { id: "verdict", head: "Verdict", sort: "verdict", cell: (row) => <State state={row.version.verdict} /> },
    { id: "metric", head: "On sealed rows", cell: (row) => { const metric = row.figures?.metric; return metric ? <span className="line-up tight" title={metricName(metric.name)}><IntervalMark of={metric.interval} domain={domain} width={110} /><b className="num">{number(metric.interval.value)}</b></span> : <span className="none">–</span>; } },
    { id: "champion", head: "Better than the champion by", narrow: false, cell: (row) => { const d = row.figures?.champion?.difference; return d ? <span className="num">{signed(d.value)} <span className="faint">{signed(d.low)} to {signed(d.high)}</span></span> : <span className="none">–</span>; } },
    { id: "size", head: "Size", numeric: true, narrow: false, cell: (row) => size(row.figures?.size_bytes) },
    { id: "run", head: "Run", narrow: false, cell: (row) => <Link to={projectPath(project, "runs", row.version.run)}>{row.version.run.slice(0, 20)}</Link> },
    { id: "at", head: "Made", sort: "created_at", cell: (row) => <Day at={row.version.created_at} /> },
  ];
}
