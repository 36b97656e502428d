import { useGet } from "../../api/hooks";
import type { ProjectRow } from "../../api/types";
import { Async } from "../../shell/Async";
import { PageHead } from "../../shell/PageHead";
import { counted } from "../../words/format";
import { HomeTable } from "./HomeTable";
import { Lately } from "./Lately";
import { QuickStart } from "./QuickStart";
import { Troubles } from "./Troubles";

const EVERY_MS = 15_000;

/** Is anything wrong? */
export function Home() {
  const projects = useGet<{ items: ProjectRow[]; total: number }>("/projects", EVERY_MS);
  return (
    <Async of={projects}>
      {({ items }) => (
        <>
          <PageHead title={verdict(items)} says={says(items)} cli="mw status" api="/projects" />
          {items.every((one) => !one.status.newest_version) ? <QuickStart rows={items} /> : (
            <div className="stack">
              <HomeTable rows={items} />
              <div className="columns">
                <div className="w7"><Troubles rows={items} /></div>
                <div className="w5"><Lately rows={items} /></div>
              </div>
            </div>
          )}
        </>
      )}
    </Async>
  );
}

function verdict(rows: ProjectRow[]): string {
  const bad = rows.filter((one) => one.state === "broken" || one.state === "worse").length;
  const some = rows.filter((one) => one.state === "attention").length;
  if (bad) return `${counted(bad, "project")} ${bad === 1 ? "is" : "are"} in trouble`;
  if (some) return `${counted(some, "project")} ${some === 1 ? "needs" : "need"} a look`;
  return rows.length ? "Nothing is wrong" : "Nothing here yet";
}

function says(rows: ProjectRow[]): string {
  const live = rows.filter((one) => one.status.live).length;
  const waits = rows.reduce((sum, one) => sum + (one.status.pending?.length ?? 0), 0);
  return `${live} of ${counted(rows.length, "project")} live${waits ? `; ${counted(waits, "decision")} ${waits === 1 ? "waits" : "wait"} for a person` : ""}.`;
}
