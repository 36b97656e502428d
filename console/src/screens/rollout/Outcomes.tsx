import type { Release } from "../../api/types";
import { Lanes } from "../../marks/Lanes";
import { projectPath } from "../../shell/screens";
import { State } from "../../shell/State";
import { Day } from "../../shell/Time";
import { Table, type Column } from "../../table/Table";
import { Link } from "../../url/Link";
import { counted, share } from "../../words/format";
import { lives } from "./lives";
import { sentence } from "../../words/spoken";

/** What was released so far: as a time line, and one by one. */
export function Outcomes({ project, releases }: { project: string; releases: Release[] }) {
  if (releases.length === 0) return null;
  const { lanes, domain } = lives(project, releases);
  const columns: Column<Release>[] = [
    { id: "at", head: "When", cell: (one) => <Day at={one.event_at} /> },
    { id: "action", head: "What", cell: (one) => <State state={one.action} /> },
    { id: "version", head: "Live then", cell: (one) => <Link to={projectPath(project, "versions", `v${one.version}`)}>v{one.version}</Link> },
    { id: "tried", head: "Tried", narrow: false, cell: (one) => (one.challenger ? <span className="one-line">v{one.challenger} <span className="faint">{one.share ? share(one.share, 0) : "shadow"}</span></span> : <span className="none">–</span>) },
    { id: "who", head: "By", narrow: false, cell: (one) => one.actor },
    { id: "why", head: "Why", cell: (one) => <span className="wrap">{one.actor === "policy" ? sentence(one.reason) : one.reason}{one.forced && <> <span className="tag warn">forced</span></>}</span> },
  ];
  return (
    <section className="panel">
      <Lanes title="What was live, and what was tried" summary={`${counted(releases.length, "change")} of release, the newest ${releases[0] ? `${releases[0].action}, by ${releases[0].actor}` : ""}.`} lanes={lanes} domain={domain} />
      <Table main stacks caption="Changes of release, the newest first" rows={releases} columns={columns} rowKey={(one) => String(one.number)} href={(one) => projectPath(project, "versions", `v${one.challenger ?? one.version}`)} />
    </section>
  );
}
