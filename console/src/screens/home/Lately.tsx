import type { ProjectRow } from "../../api/types";
import { projectPath } from "../../shell/screens";
import { State } from "../../shell/State";
import { Day } from "../../shell/Time";
import { Link } from "../../url/Link";
import { sentence } from "../../words/spoken";

/** The decisions of late, of all projects, the newest first. */
export function Lately({ rows }: { rows: ProjectRow[] }) {
  const all = rows.flatMap((row) => (row.status.decisions ?? []).map((decision) => ({ row, decision })));
  all.sort((a, b) => b.decision.event_at.localeCompare(a.decision.event_at));
  return (
    <section className="panel">
      <header><h2>Lately decided</h2></header>
      {all.length === 0 && <p className="soft">Nothing was decided yet.</p>}
      {all.slice(0, 7).map(({ row, decision }) => (
        <div key={`${row.name} ${decision.number}`} className="entry">
          <span className="when"><Day at={decision.event_at} /></span>
          <p>
            <Link to={`${projectPath(row.name, "log")}?tab=decisions&open=${decision.number}`}><State state={decision.action} /></Link>
            {decision.version !== null && <> v{decision.version}</>}
            {rows.length > 1 && <span className="faint"> · {row.name}</span>}
            <span className="sub two-lines">{decision.actor === "policy" ? sentence(decision.reason) : decision.reason}</span>
          </p>
        </div>
      ))}
    </section>
  );
}
