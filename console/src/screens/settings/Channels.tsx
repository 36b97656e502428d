import { useGet } from "../../api/hooks";
import { Async } from "../../shell/Async";
import { projectPath } from "../../shell/screens";
import { State } from "../../shell/State";
import { Table, type Column } from "../../table/Table";
import { Link } from "../../url/Link";
import { count } from "../../words/format";

interface Channel {
  channel: string;
  waiting: number;
  sent: number;
  given_up: number;
  said: string;
  failing_since: string | null;
}

const COLUMNS: Column<Channel>[] = [
  { id: "name", head: "Channel", cell: (one) => <b>{one.channel}</b> },
  { id: "state", head: "State", cell: (one) => <State state={one.failing_since ? "failing" : "ok"} tone={one.failing_since ? "bad" : "good"}>{one.failing_since ? `failing: ${one.said}` : "fine"}</State> },
  { id: "sent", head: "Sent", numeric: true, cell: (one) => count(one.sent) },
  { id: "waiting", head: "Waiting", numeric: true, cell: (one) => count(one.waiting) },
  { id: "given", head: "Given up", numeric: true, cell: (one) => count(one.given_up) },
];

export function Channels({ project }: { project: string }) {
  const channels = useGet<{ items: Channel[] }>(`/projects/${project}/channels`);
  return (
    <section className="panel">
      <header><h2>{project}</h2><p>channels are in the <Link to={projectPath(project, "spec")}>spec</Link>, under alerts; alerts are in the <Link to={`${projectPath(project, "log")}?tab=alerts`}>log</Link></p></header>
      <Async of={channels} rows={2}>{(data) => (data.items.length === 0 ? <p className="soft">No channel is told: alerts are listed here and by <code>mw alerts</code> alone.</p> : <Table caption="Channels" rows={data.items} columns={COLUMNS} rowKey={(one) => one.channel} />)}</Async>
    </section>
  );
}
