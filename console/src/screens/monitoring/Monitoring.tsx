import { useGet, withQuery } from "../../api/hooks";
import type { Cause, DecisionRow, Finding, Page, Release } from "../../api/types";
import { Failure, Skeleton } from "../../shell/Async";
import { Later } from "../../shell/Later";
import { PageHead } from "../../shell/PageHead";
import { State } from "../../shell/State";
import { changeQuery, usePlace } from "../../url/location";
import { since } from "../../words/command";
import { count, counted, day } from "../../words/format";
import type { ScreenProps } from "../props";
import { BiasPanel } from "./BiasPanel";
import { Causes } from "./Causes";
import { DriftPanel } from "./DriftPanel";
import { QualityPanel } from "./QualityPanel";
import { Serving } from "./Serving";
import { Story } from "./Story";
import { useTime } from "./useTime";
import { spoken } from "../../words/spoken";

/** Brush any chart and all of the screen follows. */
export function brush(from: number, to: number): void {
  changeQuery({ from: new Date(from).toISOString().slice(0, 16), to: new Date(to).toISOString().slice(0, 16), range: null }, "push");
}

export function Monitoring({ project }: ScreenProps) {
  const time = useTime(project);
  const asked = { from: time.from, to: time.to };
  const path = (what: string, more: Record<string, string | number> = {}) => (time.ready ? withQuery(`/projects/${project}/${what}`, { ...asked, ...more }) : null);
  const decisions = useGet<Page<DecisionRow>>(path("decisions", { limit: 300 }));
  const findings = useGet<Page<Finding>>(path("findings", { limit: 300 }));
  const releases = useGet<Page<Release>>(time.ready ? `/projects/${project}/releases?limit=300` : null);
  const causes = useGet<{ items: Cause[] }>(time.ready ? `/projects/${project}/causes?limit=50` : null);
  const { query } = usePlace();
  if (!time.ready) return time.error ? <Failure error={time.error} /> : <Skeleton rows={10} />;
  const status = time.row?.status;
  const open = status?.causes ?? [];
  const worse = time.row?.troubles.find((one) => one.level === "worse");
  return (
    <>
      <PageHead title={worse ? "Quality is below its promise" : open.length ? "Something has moved" : "Nothing has moved"} says={<Says row={time.row} worse={worse?.sentence} open={open.length} />} cli={`mw quality${since(time.from)}`} api={path("quality") ?? ""}>
        {query.has("from") && <button type="button" aria-pressed={query.has("why")} onClick={() => changeQuery({ why: query.has("why") ? null : "1" }, "push")}>Explain this change</button>}
        {query.has("from") && <button type="button" aria-label={`${day(time.from)} to ${day(time.to)}: back to all of the time`} onClick={() => changeQuery({ from: null, to: null, why: null }, "push")}>{day(time.from)} to {day(time.to)} ✕</button>}
      </PageHead>
      <div className="columns">
        <div className="w12"><Story project={project} domain={time.domain} releases={releases.data?.items ?? []} decisions={decisions.data?.items ?? []} findings={findings.data?.items ?? []} /></div>
        <div className="w12"><QualityPanel project={project} time={time} decisions={decisions.data?.items ?? []} /></div>
        <div className="w12"><Serving project={project} time={time} /></div>
        <div className="w7 stack">
          <Later height={560}><DriftPanel project={project} time={time} /></Later>
          <Later height={300}><BiasPanel project={project} time={time} /></Later>
        </div>
        <div className="w5 stack">
          <Later height={400}><Causes project={project} causes={causes.data?.items ?? []} findings={findings.data?.items ?? []} open={new Set(open.map((one) => one.id))} /></Later>
        </div>
      </div>
    </>
  );
}

function Says({ row, worse, open }: { row: ReturnType<typeof useTime>["row"]; worse: string | undefined; open: number }) {
  if (!row?.status.live) return <>No version is live, so nothing is watched.</>;
  const window = row.status.window;
  return (
    <>
      {worse ? <State state="worse" tone="bad">{spoken(worse)}</State> : `${open ? `${counted(open, "cause")} ${open === 1 ? "is" : "are"} open` : "Inputs and outcomes are as they were"} for v${row.status.live.version}`}
      {window && `; last looked at ${count(window.rows)} rows of ${day(window.start)} to ${day(window.end)}`}
.
    </>
  );
}
