import { useEffect, useMemo, useState } from "react";
import { apiUrl } from "../../api/client";
import { withQuery } from "../../api/hooks";
import type { LogRow, LogRows } from "../../api/types";
import { usePages } from "../../api/usePages";
import { Async, Empty } from "../../shell/Async";
import { Name } from "../../shell/Name";
import { projectPath } from "../../shell/screens";
import { Clock } from "../../shell/Time";
import type { Column } from "../../table/Table";
import { VirtualTable } from "../../table/VirtualTable";
import { Link } from "../../url/Link";
import { changeQuery, useParam } from "../../url/location";
import { count, day, middle, number } from "../../words/format";
import { flagWords } from "../../words/spoken";
import { useTime } from "../monitoring/useTime";

const FILTERS = ["id", "key", "client_id", "version", "score_from", "score_to"] as const;
const NAMES: Record<(typeof FILTERS)[number], string> = { id: "Id", key: "Key (entity)", client_id: "Caller's own id", version: "Version", score_from: "Score from", score_to: "to" };

const keyOf = (row: LogRow) => row.id;

export function Predictions({ project }: { project: string }) {
  const time = useTime(project);
  const role = useParam("role");
  const asked: Record<string, string> = { role };
  for (const name of FILTERS) asked[name] = useParam(name);
  const usable = Object.fromEntries(Object.entries(asked).filter(([name, value]) => !isNumeric(name) || isNumber(name, value)));
  const filters = { from: time.from, to: time.to, ...usable };
  const path = time.ready ? withQuery(`/projects/${project}/log/predictions`, { limit: 100, ...filters }) : null;
  const { pages, rows, more, first, total } = usePages<LogRow, LogRows>(path, keyOf);
  const shown = useMemo(() => columns(project), [project]);
  return (
    <>
      <div className="list-tools filters">
        {FILTERS.map((name) => <Filter key={name} name={name} value={asked[name] ?? ""} />)}
        <div className="chips" role="group" aria-label="Role">{["", "live", "canary", "shadow"].map((one) => <button key={one} type="button" aria-pressed={role === one} onClick={() => changeQuery({ role: one })}>{one || "answered"}</button>)}</div>
        <span className="grow" />
        {time.ready && rows.length > 0 && <Exports project={project} filters={filters} />}
        <span className="of">{count(rows.length)} of {total === null ? "those found so far" : count(total)}{pages.isFetchingNextPage && ", looking further back…"}</span>
      </div>
      {(first?.hidden.length ?? 0) > 0 && <p className="fine">Hashed in the log, so not shown: {first?.hidden.join(", ")}.</p>}
      <Async of={pages as never}>
        {() => (rows.length === 0 ? <Empty title="No prediction of this time is like that."><p>{first?.begins ? `The log begins ${day(first.begins)}.` : "Ask the running server: mw ask, or POST /v1/predict."}</p></Empty> : (
          <VirtualTable caption="Predictions, the newest first" rows={rows} columns={shown} rowKey={keyOf} href={(row) => projectPath(project, "log", row.id)} more={more} total={total} />
        ))}
      </Async>
    </>
  );
}

const MOST = 100_000;

/** These rows as a file, as many as are sought and not only those that were loaded. */
function Exports({ project, filters }: { project: string; filters: Record<string, string> }) {
  const file = (format: string) => apiUrl(withQuery(`/projects/${project}/log/export`, { ...filters, format, rows: MOST }));
  const says = `All rows that are sought, the newest first, ${count(MOST)} at most`;
  return (
    <span className="line-up tight" role="group" aria-label="Export">
      <a className="button" href={file("csv")} download title={says}>CSV</a>
      <a className="button" href={file("jsonl")} download title={says}>JSON lines</a>
    </span>
  );
}

function Filter({ name, value }: { name: (typeof FILTERS)[number]; value: string }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => { if (typed.trim() !== value) changeQuery({ [name]: typed.trim() }); }, 250);
    return () => window.clearTimeout(timer);
  }, [typed, name, value]);
  const numeric = isNumeric(name);
  const wrong = numeric && typed.trim() !== "" && !isNumber(name, typed);
  return <input type={name === "id" ? "search" : "text"} inputMode={numeric ? "decimal" : "text"} className={numeric ? "short" : ""} aria-label={NAMES[name]} aria-invalid={wrong || undefined} title={wrong ? (name === "version" ? "The number of a version, such as 3" : "A number, such as 0.5") : undefined} placeholder={NAMES[name]} value={typed} onChange={(event) => setTyped(event.target.value)} />;
}

function isNumeric(name: string): boolean {
  return name === "version" || name.startsWith("score");
}

/** What is no number is not asked for: the field is marked. */
function isNumber(name: string, text: string): boolean {
  return name === "version" ? /^\d{1,9}$/.test(text.trim()) : text.trim() !== "" && Number.isFinite(Number(text));
}

/** A key of several columns is logged as a list: its parts, side by side. */
export function keyText(key: string): string {
  try {
    const parts: unknown = JSON.parse(key);
    return Array.isArray(parts) ? parts.map((one) => String(one).replace(/T00:00:00(\.0+)?Z?$/, "")).join(" · ") : key;
  } catch {
    return key;
  }
}

/** The first of the flags, and how many more there are. */
function Flags({ of }: { of: readonly string[] }) {
  const [first, ...more] = of;
  if (first === undefined) return null;
  return <span className="line-up tight" title={of.map(flagWords).join("\n")}><span className="tag warn">{middle(flagWords(first), 24)}</span>{more.length > 0 && <span className="faint">+{more.length}</span>}</span>;
}

function columns(project: string): Column<LogRow>[] {
  return [
    { id: "id", head: "Id", narrow: false, width: "148px", cell: (row) => <Link to={projectPath(project, "log", row.id)}><Name text={row.id} /></Link> },
    { id: "at", head: "When", width: "190px", cell: (row) => <Link to={projectPath(project, "log", row.id)} className="plain"><Clock at={row.event_at} /></Link> },
    { id: "version", head: "By", narrow: false, width: "88px", cell: (row) => <>v{row.version} <span className="faint">{row.role}</span></> },
    { id: "score", head: "Score", numeric: true, width: "88px", cell: (row) => <b>{number(row.score)}</b> },
    { id: "label", head: "Came true", width: "92px", cell: (row) => (row.label ? <b>{String(row.label.value)}</b> : <span className="none">not yet</span>) },
    { id: "key", head: "Key", width: "206px", narrow: false, cell: (row) => (row.key ? <Name text={keyText(row.key)} /> : <span className="none">–</span>) },
    { id: "flags", head: "Flags", width: "190px", narrow: false, cell: (row) => <Flags of={row.flags} /> },
    { id: "request", head: "Asked", narrow: false, cell: (row) => <span className="faint" title={Object.entries(row.request).slice(0, 40).map(([name, value]) => `${name} ${String(value)}`).join("\n")}>{Object.entries(row.request).slice(0, 6).map(([name, value]) => `${name} ${String(value)}`).join(" · ")}</span> },
  ];
}
