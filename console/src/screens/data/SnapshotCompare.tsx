import type { ComparedColumn } from "../../api/types";
import { Async } from "../../shell/Async";
import { PageHead } from "../../shell/PageHead";
import { Table, type Column } from "../../table/Table";
import { count, number, plain } from "../../words/format";
import { usePages } from "../log/usePages";

/** Two snapshots, column by column, the most different first. */
export function SnapshotCompare({ project, snapshot, other }: { project: string; snapshot: string; other: string }) {
  const path = `/projects/${project}/data/${snapshot}/compare/${other}`;
  const { pages, rows, more, total } = usePages<ComparedColumn>(`${path}?limit=200`);
  return (
    <>
      <PageHead title={`${snapshot.slice(0, 10)} and ${other.slice(0, 10)}`} says={`${count(total)} columns, the most different first.`} cli="mw check" api={path} />
      <Async of={pages as never}>{() => <><Table main caption="Columns of two snapshots" rows={rows} columns={columnsOf(rows)} rowKey={(one, i) => `${String(one.column ?? one.name)} ${i}`} />{more && <button type="button" className="quiet" onClick={more}>More</button>}</>}</Async>
    </>
  );
}

function columnsOf(rows: ComparedColumn[]): Column<ComparedColumn>[] {
  const names = Object.keys(rows[0] ?? {});
  return names.map((name) => ({ id: name, head: plain(name), numeric: typeof rows[0]?.[name] === "number", cell: (row) => shown(row[name]) }));
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return number(value);
  if (Array.isArray(value)) return value.map(shown).join(" → ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
