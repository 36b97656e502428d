import { useChange, useGet } from "../../api/hooks";
import { Async } from "../../shell/Async";
import { Ago } from "../../shell/Time";
import { Table, type Column } from "../../table/Table";
import { browserOf } from "../../words/spoken";

interface Open {
  id: string;
  agent: string;
  began_at: string;
  seen_at: string;
  ends_at: string;
  here: boolean;
}

export function Sessions() {
  const sessions = useGet<Open[]>("/me/sessions");
  const change = useChange();
  const columns: Column<Open>[] = [
    { id: "agent", head: "Browser", cell: (one) => <span className="one-line" title={one.agent}>{browserOf(one.agent)} {one.here && <span className="tag accent">this one</span>}</span> },
    { id: "began", head: "Began", narrow: false, cell: (one) => <Ago at={one.began_at} /> },
    { id: "seen", head: "Seen", cell: (one) => <Ago at={one.seen_at} /> },
    { id: "ends", head: "Ends", narrow: false, cell: (one) => <Ago at={one.ends_at} /> },
    { id: "end", head: <span className="hidden">Actions</span>, cell: (one) => (one.here ? null : <button type="button" className="quiet" onClick={() => change.mutate({ method: "DELETE", path: `/me/sessions/${one.id}` })}>End</button>) },
  ];
  return <section className="panel flush"><header><h2>Where you are signed in</h2></header><Async of={sessions} rows={2}>{(rows) => <Table caption="Sessions" rows={rows} columns={columns} rowKey={(one) => one.id} />}</Async></section>;
}
