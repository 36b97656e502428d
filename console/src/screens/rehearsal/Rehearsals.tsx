import { useGet } from "../../api/hooks";
import type { RehearsalRow } from "../../api/types";
import { Async, Empty } from "../../shell/Async";
import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import { Ago } from "../../shell/Time";
import { Table, type Column } from "../../table/Table";
import { Link } from "../../url/Link";
import { counted, metricName, number, share } from "../../words/format";
import type { ScreenProps } from "../props";
import { RehearsalScreen } from "./RehearsalScreen";

export function Rehearsals({ project, rest: [id] }: ScreenProps) {
  return id ? <RehearsalScreen project={project} id={id} /> : <List project={project} />;
}

function List({ project }: { project: string }) {
  const path = `/projects/${project}/rehearsals`;
  const list = useGet<{ items: RehearsalRow[]; total: number }>(path);
  return (
    <Async of={list}>
      {({ items }) => (
        <>
          <PageHead title="Rehearsals" says={`${counted(items.length, "rehearsal")}: history played through the whole loop, before a policy is trusted.`} cli="mw rehearse" api={path} />
          {items.length === 0 ? <Empty title="Nothing was rehearsed yet."><p>A rehearsal plays your own table through the loop: what would this policy have done, and what would it have earned?</p><pre>mw rehearse --inject "missing:COLUMN@2024-08-01..2024-08-14"</pre></Empty>
            : <Table main caption="Rehearsals, the newest first" rows={items} columns={columns(project)} rowKey={(row) => row.id} href={(row) => projectPath(project, "rehearsals", row.id)} />}
        </>
      )}
    </Async>
  );
}

function columns(project: string): Column<RehearsalRow>[] {
  return [
    { id: "id", head: "Rehearsal", cell: (row) => <Link to={projectPath(project, "rehearsals", row.id)}><b>{row.id}</b></Link> },
    { id: "at", head: "Ended", cell: (row) => <Ago at={new Date(row.at * 1000).toISOString()} /> },
    { id: "share", head: "Of what could be won", cell: (row) => (!row.share ? <span className="none" title="The best moments to retrain were not among the ways that were played.">not asked for</span> : row.share.closed === null ? <span className="none">nothing could be won</span> : <><b>{share(row.share.closed, 0)}</b> <span className="faint">{metricName(row.share.metric)} {number(row.share.never)} never, {number(row.share.policy)} policy, {number(row.share.oracle)} at best</span></>) },
    { id: "faults", head: "Faults put in", numeric: true, cell: (row) => row.faults },
    { id: "advice", head: "Advised", narrow: false, cell: (row) => row.advice.filter((one) => one.advised).map((one) => one.name).join(", ") || "–" },
  ];
}
