import { useGet, withQuery } from "../../api/hooks";
import type { AuditEntry } from "../../api/types";
import { usePages } from "../../api/usePages";
import { Async } from "../../shell/Async";
import { CopyText } from "../../shell/CopyText";
import { State } from "../../shell/State";
import { Clock } from "../../shell/Time";
import type { Span } from "../../shell/TimeRange";
import type { Column } from "../../table/Table";
import { VirtualTable } from "../../table/VirtualTable";
import { changeQuery, useParam } from "../../url/location";
import { count, middle } from "../../words/format";
import { NothingThen } from "./NothingThen";

const COLUMNS: Column<AuditEntry>[] = [
  { id: "number", narrow: false, head: "No.", sort: "number", width: "62px", numeric: true, cell: (one) => count(one.number) },
  { id: "at", head: "When", sort: "at", width: "190px", cell: (one) => <Clock at={one.at} /> },
  { id: "actor", head: "Who", sort: "actor", width: "130px", cell: (one) => <b>{one.actor}</b> },
  { id: "action", head: "What", sort: "action", width: "170px", cell: (one) => one.action },
  { id: "subject", head: "Which", narrow: false, width: "240px", cell: (one) => <span title={one.subject}>{middle(one.subject, 30)}</span> },
  { id: "detail", head: "Digest of it then", cell: (one) => <span className="faint" title={one.detail}>{middle(one.detail, 46)}</span>, narrow: false },
  { id: "digest", head: "In the chain", width: "120px", cell: (one) => <CopyText text={one.digest} />, narrow: false },
];

const keyOf = (one: AuditEntry) => String(one.number);

export function Audit({ project, span }: { project: string; span: Span }) {
  const sort = useParam("sort");
  const q = useParam("q");
  const state = useGet<{ entries: number; ok: boolean; reason: string }>(`/projects/${project}/audit/state`);
  const { pages, rows, more, total } = usePages<AuditEntry>(withQuery(`/projects/${project}/audit`, { limit: 200, sort, q, from: span.from, to: span.to }), keyOf);
  return (
    <>
      <div className="list-tools">
        <input type="search" aria-label="Search in the audit" placeholder="Search who, what, which…  /" value={q} onChange={(event) => changeQuery({ q: event.target.value })} />
        {state.data && <State state={state.data.ok ? "whole" : "broken"} tone={state.data.ok ? "good" : "bad"}>{state.data.ok ? "the chain is whole" : state.data.reason}</State>}
        <span className="grow" /><span className="of">{count(rows.length)} of {count(total)}</span>
      </div>
      <Async of={pages as never}>{() => (rows.length === 0 ? <NothingThen title="No entry is like that." /> : <VirtualTable caption="Audit, the newest first" rows={rows} columns={COLUMNS} rowKey={keyOf} href={() => null} sorting={{ by: sort, change: (by) => changeQuery({ sort: by }) }} more={more} total={total} />)}</Async>
    </>
  );
}
