import { useChange, withQuery } from "../../api/hooks";
import type { AlertRow } from "../../api/types";
import { usePages } from "../../api/usePages";
import { Async, Empty } from "../../shell/Async";
import { State } from "../../shell/State";
import { Day } from "../../shell/Time";
import type { Span } from "../../shell/TimeRange";
import { Verb } from "../../shell/Verb";
import { toast } from "../../shell/toasts";
import { changeQuery, useParam } from "../../url/location";
import { counted } from "../../words/format";
import { NothingThen } from "./NothingThen";
import { sentence } from "../../words/spoken";

const keyOf = (row: AlertRow) => String(row.entry.number);

export function Alerts({ project, span }: { project: string; span: Span }) {
  const open = useParam("only") === "open";
  const { pages, rows, more, total } = usePages<AlertRow>(withQuery(`/projects/${project}/alerts`, { limit: 100, open: open ? "true" : "", from: span.from, to: span.to }), keyOf);
  return (
    <>
      <div className="list-tools"><div className="chips"><button type="button" aria-pressed={open} onClick={() => changeQuery({ only: open ? null : "open" })}>Open only</button></div><span className="of">{counted(total ?? rows.length, "alert")}</span></div>
      <Async of={pages as never}>
        {() => (rows.length === 0 ? span.from || span.to ? <NothingThen title="Nobody was told of anything in this time." /> : <Empty title="Nobody was told of anything." /> : (
          <section className="panel">
            {rows.map((row) => <OneAlert key={row.entry.number} project={project} row={row} />)}
            {more && <button type="button" className="quiet" onClick={more}>More</button>}
          </section>
        ))}
      </Async>
    </>
  );
}

function OneAlert({ project, row }: { project: string; row: AlertRow }) {
  const { entry } = row;
  const change = useChange();
  const take = () => void change.mutateAsync({ path: `/projects/${project}/alerts/${entry.number}/ack`, body: { reason: "looked after" } })
    .then(() => toast("You look after it", { tone: "good" }), (error: Error) => toast(error.message, { tone: "bad" }));
  return (
    <div className="entry">
      <span className="when"><Day at={entry.raised_at} /><br />no. {entry.number}</span>
      <div>
        <p className="line-up"><State state={entry.severity} /><span className="tag">{row.state}</span>{entry.times > 1 && <span className="of">seen {entry.times} times</span>}{entry.acknowledged_by && <span className="of">{entry.acknowledged_by} looks after it</span>}<span className="grow" />{row.state === "open" && <Verb project={project} needs="operator" disabled={change.isPending} onClick={take}>I look after it</Verb>}</p>
        <p><b>{sentence(entry.alert.title)}</b></p>
        {entry.alert.action && <p className="soft">{sentence(entry.alert.action)}</p>}
        {row.deliveries.length > 0 && <p className="fine">{row.deliveries.map((one) => `${one.channel}: ${one.state}${one.said ? ` (${one.said})` : ""}`).join("; ")}</p>}
      </div>
    </div>
  );
}
