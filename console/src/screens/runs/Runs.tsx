import { useMemo, useState } from "react";
import { useGet, withQuery } from "../../api/hooks";
import type { RunRow } from "../../api/types";
import { usePages } from "../../api/usePages";
import { Async, Empty } from "../../shell/Async";
import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import { useSpan } from "../../shell/TimeRange";
import { VirtualTable } from "../../table/VirtualTable";
import { changeQuery, navigate, useParam } from "../../url/location";
import { count } from "../../words/format";
import type { ScreenProps } from "../props";
import { Begun } from "../run/GoingOn";
import { runColumns } from "./columns";
import { TrainButton } from "./TrainButton";
import { SavedViews } from "./SavedViews";

const STATES = ["running", "finished", "failed", "refused"];

const keyOf = (row: RunRow) => row.run.id;

export function Runs({ project }: ScreenProps) {
  const sort = useParam("sort");
  const q = useParam("q");
  const states = useParam("state").split(",").filter(Boolean);
  const span = useSpan(null);
  const chosen = new Set(useParam("runs").split(",").filter(Boolean));
  const counts = useGet<{ states: Record<string, number> }>(`/projects/${project}/runs/counts`);
  const path = withQuery(`/projects/${project}/runs`, { limit: 200, sort, q, from: span.from, to: span.to }) + states.map((one) => `&state=${one}`).join("");
  const { pages, rows, more, first, total } = usePages<RunRow>(path, keyOf);
  const columns = useMemo(() => runColumns(project, first?.items ?? []), [project, first]);
  const select = (keys: string[], on: boolean) => {
    const next = new Set(chosen);
    for (const key of keys) if (on) next.add(key); else next.delete(key);
    changeQuery({ runs: [...next].join(",") });
  };
  return (
    <>
      <PageHead title="Runs" says={total === null ? undefined : `${count(rows.length)} of ${count(total)} shown.`} cli="mw runs" api={path}>
        <button type="button" disabled={chosen.size < 2} title={chosen.size < 2 ? "Select two runs or more: x, or the boxes" : ""} onClick={() => navigate(`${projectPath(project, "compare")}?runs=${[...chosen].join(",")}`)}>Compare {chosen.size || ""}</button>
        <TrainButton project={project} />
      </PageHead>
      <Begun project={project} newest={newestOf(rows)} to={runningOf(project, rows)} />
      <Filters states={states} counts={counts.data?.states ?? {}} q={q} />
      <Async of={pages as never}>
        {() => (rows.length === 0 ? <NoRuns filtered={q !== "" || states.length > 0} /> : (
          <VirtualTable
            caption="Training runs" rows={rows} columns={columns} rowKey={keyOf} href={(row) => projectPath(project, "runs", row.run.id)}
            selected={chosen} onSelect={select} sorting={{ by: sort, change: (by) => changeQuery({ sort: by }) }}
            more={more} total={total}
          />
        ))}
      </Async>
    </>
  );
}

/** When the newest of these runs began. */
function newestOf(rows: readonly RunRow[]): string | undefined {
  return rows.map((one) => one.run.started_at).sort().at(-1);
}

function runningOf(project: string, rows: readonly RunRow[]): string | null {
  const found = rows.find((one) => one.run.state === "running" && !one.interrupted);
  return found ? projectPath(project, "runs", found.run.id) : null;
}

function Filters({ states, counts, q }: { states: string[]; counts: Record<string, number>; q: string }) {
  const [typed, setTyped] = useState(q);
  const toggle = (state: string) => changeQuery({ state: (states.includes(state) ? states.filter((one) => one !== state) : [...states, state]).join(",") });
  return (
    <div className="list-tools">
      <input type="search" aria-label="Search in runs" placeholder="Search id, reason, who…  /" value={typed} onChange={(event) => { setTyped(event.target.value); changeQuery({ q: event.target.value }); }} />
      <div className="chips" role="group" aria-label="State">
        {STATES.map((state) => <button key={state} type="button" aria-pressed={states.includes(state)} onClick={() => toggle(state)}>{state} <span className="of">{count(counts[state] ?? 0)}</span></button>)}
      </div>
      <span className="grow" />
      <SavedViews of="runs" />
    </div>
  );
}

function NoRuns({ filtered }: { filtered: boolean }) {
  if (filtered) return <Empty title="No run is like that."><button type="button" onClick={() => changeQuery({ q: null, state: null, from: null, to: null, range: null })}>Show all</button></Empty>;
  return <Empty title="Nothing was trained yet."><p>A run takes the data of the spec to a judged, signed version. It can be stopped and goes on where it was.</p><pre>mw train</pre></Empty>;
}
