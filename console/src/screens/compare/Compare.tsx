import { useGet, withQuery } from "../../api/hooks";
import type { Compared, Page, VersionRow } from "../../api/types";
import { Calibration } from "../../marks/Calibration";
import { Async, Empty } from "../../shell/Async";
import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import { Link } from "../../url/Link";
import { changeQuery, useParam } from "../../url/location";
import { counted, number } from "../../words/format";
import type { ScreenProps } from "../props";
import { Differences } from "./Differences";
import { MetricTable } from "./MetricTable";
import { PairedPlot } from "./PairedPlot";
import { SliceTable } from "./SliceTable";

export function Compare({ project }: ScreenProps) {
  const runs = useParam("runs");
  const versions = useParam("versions");
  const names = (runs || versions).split(",").filter(Boolean);
  const path = withQuery(`/projects/${project}/compare`, runs ? { runs } : { versions });
  const compared = useGet<Compared>(names.length >= 2 ? path : null);
  if (names.length < 2) return <Pick project={project} />;
  const kind = runs ? "runs" : "versions";
  const first = (name: string) => changeQuery({ [kind]: [name, ...names.filter((one) => one !== name)].join(",") });
  const without = (name: string) => changeQuery({ [kind]: names.filter((one) => one !== name).join(",") });
  return (
    <Async of={compared} rows={10}>
      {(data) => (
        <>
          <PageHead title={`${data.sides.map((one) => short(one.name)).slice(0, 4).join(", ")}${data.sides.length > 4 ? ", …" : ""}`} says={`${counted(data.sides.length, kind.slice(0, -1))}; ${counted(data.differs.length, "setting")} ${data.differs.length === 1 ? "differs" : "differ"}, ${data.equal} equal and hidden.`} cli={`mw ${kind}`} api={path} />
          {!data.same_rows && <p className="strip warn"><span><b>Not on the same rows.</b> They were judged on different sealed rows, so their metrics are not to be held against each other; paired differences below are.</span></p>}
          <div className="stack">
            <MetricTable data={data} onFirst={first} onRemove={without} hrefOf={(side) => (runs ? projectPath(project, "runs", side.run) : projectPath(project, "versions", side.name))} />
            <div className="columns">
              <div className="w7 stack">
                <PairedPlot paired={data.paired} />
                <Differences data={data} />
              </div>
              <div className="w5 stack">
                <section className="panel"><Calibration title="Calibration" summary={data.sides.map((one) => `${short(one.name)}: ${number(one.calibration_error, 3)} off on average`).join("; ")} curves={data.sides.slice(0, 3).map((one) => ({ name: short(one.name), points: one.calibration }))} />{data.sides.length > 3 && <p className="fine">The first 3 of {data.sides.length}.</p>}</section>
              </div>
            </div>
            <SliceTable sides={data.sides} />
          </div>
        </>
      )}
    </Async>
  );
}

export function short(name: string): string {
  return name.length > 18 ? `${name.slice(0, 8)}…${name.slice(-5)}` : name;
}

function Pick({ project }: { project: string }) {
  const newest = useGet<Page<VersionRow>>(`/projects/${project}/versions?limit=20`);
  const items = newest.data?.items ?? [];
  const live = items.find((one) => one.standing === "live");
  const last = items.find((one) => one.name !== live?.name);
  return (
    <>
      <PageHead title="Compare" />
      <Empty title="Pick two or more.">
        <p>Select runs or versions in their lists (<kbd>x</kbd>, or the boxes; shift for a range), then Compare. The set is in the link.</p>
        <p className="line-up">
          <Link className="button" to={projectPath(project, "runs")}>Runs</Link>
          <Link className="button" to={projectPath(project, "versions")}>Versions</Link>
          {live && last && <Link className="button" to={`${projectPath(project, "compare")}?versions=${live.name},${last.name}`}>{live.name}, which is live, and {last.name}</Link>}
        </p>
      </Empty>
    </>
  );
}
