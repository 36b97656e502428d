import { useMemo } from "react";
import type { ColumnRow, ColumnSummary, ComparedColumn } from "../../api/types";
import { usePages } from "../../api/usePages";
import { Async } from "../../shell/Async";
import { Name } from "../../shell/Name";
import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import type { Column } from "../../table/Table";
import { VirtualTable } from "../../table/VirtualTable";
import { Link } from "../../url/Link";
import { count, middle, number, share } from "../../words/format";
import { rangeOf } from "./profileColumns";
import { TinyHistogram } from "./TinyHistogram";

/** Two snapshots, column by column, the most different first. */
const keyOf = (one: ComparedColumn) => one.name;

export function SnapshotCompare({ project, snapshot, other }: { project: string; snapshot: string; other: string }) {
  const path = `/projects/${project}/data/${snapshot}/compare/${other}`;
  const { pages, rows, more, total } = usePages<ComparedColumn>(`${path}?limit=200`, keyOf);
  const shown = useMemo(() => columns(project, other), [project, other]);
  const first = rows[0];
  return (
    <>
      <PageHead title={`${snapshot.slice(0, 10)} and ${other.slice(0, 10)}`} says={`${count(total)} columns, the most different first${first ? `: ${first.name}` : ""}.`} cli="mw check" api={path} />
      <Async of={pages as never}>{() => <VirtualTable caption="Columns of two snapshots" rows={rows} columns={shown} rowKey={keyOf} href={(one) => projectPath(project, "data", other, one.name)} more={more} total={total} />}</Async>
    </>
  );
}

function columns(project: string, other: string): Column<ComparedColumn>[] {
  return [
    { id: "name", head: "Column", width: "212px", cell: (one) => <Link to={projectPath(project, "data", other, one.name)}><b><Name text={one.name} /></b></Link> },
    { id: "distance", head: "Apart", width: "150px", cell: (one) => <Distance of={one} /> },
    { id: "before", head: "Before", narrow: false, width: "140px", cell: (one) => <Shape of={summary(one.before)} name={one.name} /> },
    { id: "after", head: "After", narrow: false, width: "140px", cell: (one) => <Shape of={summary(one.after)} name={one.name} /> },
    { id: "missing", head: "Missing", narrow: false, numeric: true, width: "150px", cell: (one) => <Change from={missing(summary(one.before))} to={missing(summary(one.after))} none="none" /> },
    { id: "mean", head: "Mean or range", cell: (one) => <Change from={middleOf(summary(one.before))} to={middleOf(summary(one.after))} />, narrow: false },
  ];
}

/** What is said of a column in one of them is plain data. */
function summary(given: Record<string, unknown> | null): ColumnSummary | null {
  return given as ColumnSummary | null;
}

function Distance({ of }: { of: ComparedColumn }) {
  if (of.distance === null) return <span className="tag warn">{of.before ? (of.after ? "not comparable" : "gone") : "new"}</span>;
  return <span className="line-up tight"><svg className={`mark bar ${of.distance > 0.3 ? "warn" : ""}`} width={70} height={10} aria-hidden="true"><rect width={Math.max(1, of.distance * 70)} height={10} rx={1.5} /></svg><span className="num">{number(of.distance, 2)}</span>{of.kind_changed && <span className="tag bad">other kind</span>}</span>;
}

function Shape({ of, name }: { of: ColumnSummary | null; name: string }) {
  if (!of) return <span className="none">not there</span>;
  return <TinyHistogram of={{ name, histogram: [], top: [], ...of } as unknown as ColumnRow} />;
}

/** From what to what; once where it is the same, and `none` where there is nothing in either. */
function Change({ from, to, none = "–" }: { from: string; to: string; none?: string }) {
  if ([from, to].every((one) => one === "–" || one === NOTHING)) return <span className="none">{none}</span>;
  return <span className="faint" title={`${from} → ${to}`}>{from === to ? `${from}, as it was` : `${from} → ${to}`}</span>;
}

const NOTHING = share(0);

function missing(of: ColumnSummary | null): string {
  return of ? share(of.missing / Math.max(1, of.count)) : "–";
}

function middleOf(of: ColumnSummary | null): string {
  if (!of) return "–";
  if (of.kind === "date") return rangeOf({ kind: "date", minimum: of.minimum ?? null, maximum: of.maximum ?? null });
  if (of.mean !== null && of.mean !== undefined) return number(of.mean, 3);
  return (of.top ?? []).slice(0, 3).map(([level, n]) => `${middle(level, 14)} ${share(n / Math.max(1, of.count), 0)}`).join(" · ") || "–";
}
