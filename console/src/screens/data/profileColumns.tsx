import type { ColumnRow } from "../../api/types";
import { projectPath } from "../../shell/screens";
import { Name } from "../../shell/Name";
import type { Column } from "../../table/Table";
import { Link } from "../../url/Link";
import { count, day, middle, number, share, toldApart } from "../../words/format";
import { TinyHistogram } from "./TinyHistogram";

/** From where to where values lie; dates are counted in microseconds. */
export function rangeOf(one: { kind: string; minimum?: number | null; maximum?: number | null }): string {
  if (one.minimum === null || one.minimum === undefined || one.maximum === null || one.maximum === undefined) return "–";
  return one.kind === "date" ? `${day(one.minimum / 1000)} to ${day(one.maximum / 1000)}` : `${number(one.minimum)} to ${number(one.maximum)}`;
}

export function profileColumns(project: string, snapshot: string, names: readonly string[]): Column<ColumnRow>[] {
  const told = toldApart(names);
  return [
    { id: "name", head: "Column", sort: "name", width: "230px", cell: (one) => <Link to={projectPath(project, "data", snapshot, one.name)}><b><Name text={one.name} shown={told(one.name)} /></b></Link> },
    { id: "role", head: "Role", narrow: false, width: "118px", cell: (one) => one.rule?.role.replace(/_/g, " ") ?? "–" },
    { id: "kind", head: "Kind", narrow: false, width: "100px", cell: (one) => one.kind.replace(/_/g, " ") },
    { id: "shape", head: "Shape", narrow: false, width: "150px", cell: (one) => <TinyHistogram of={one} /> },
    { id: "missing", head: "Missing", sort: "missing", numeric: true, width: "92px", cell: (one) => (one.missing ? <span className={one.missing / one.count > 0.2 ? "warn-text" : ""}>{share(one.missing / Math.max(1, one.count))}</span> : <span className="none">none</span>) },
    { id: "distinct", head: "Distinct", narrow: false, sort: "distinct", numeric: true, width: "92px", cell: (one) => count(one.distinct) },
    { id: "mean", head: "Mean ± sd", numeric: true, width: "150px", narrow: false, cell: (one) => (one.mean === null ? <span className="none">–</span> : one.kind === "date" ? <span className="none">–</span> : `${number(one.mean, 3)} ± ${number(one.sd !== null && Math.abs(one.sd) < 1e-9 * Math.abs(one.mean) ? 0 : one.sd, 3)}`) },
    { id: "range", head: "Values", narrow: false, cell: (one) => <span className="faint">{one.top.length ? one.top.slice(0, 4).map(([level, n]) => `${middle(level, 16)} ${share(n / Math.max(1, one.count), 0)}`).join(" · ") : rangeOf(one)}</span> },
  ];
}
