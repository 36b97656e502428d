import type { Side } from "../../api/types";
import { Table, type Column } from "../../table/Table";
import { changeQuery, useParam } from "../../url/location";
import { count, metricName, number } from "../../words/format";
import { short } from "./Compare";

interface Line {
  group: string;
  values: (Side["slices"][number] | undefined)[];
}

/** How many groups of a column all of them have: those can be held side by side. */
function shared(sides: Side[], column: string): number {
  const [first, ...others] = sides.map((side) => new Set(side.slices.filter((one) => one.column === column).map((one) => one.group)));
  return [...(first ?? [])].filter((group) => others.every((other) => other.has(group))).length;
}

export function SliceTable({ sides }: { sides: Side[] }) {
  const names = [...new Set(sides.flatMap((side) => side.slices.map((one) => one.column)))];
  names.sort((a, b) => shared(sides, b) - shared(sides, a));
  const column = useParam("slice") || names[0] || "";
  if (names.length === 0) return null;
  const groups = [...new Set(sides.flatMap((side) => side.slices.filter((one) => one.column === column).map((one) => one.group)))];
  const rows: Line[] = groups.map((group) => ({ group, values: sides.map((side) => side.slices.find((one) => one.column === column && one.group === group)) }));
  const metric = sides.flatMap((side) => side.slices)[0]?.metric ?? "";
  const columns: Column<Line>[] = [
    { id: "group", head: column, cell: (row) => row.group || "(empty)" },
    ...sides.map((side, i): Column<Line> => ({ id: side.name, head: short(side.name), numeric: true, cell: (row) => { const it = row.values[i]?.interval; return it ? <><b>{number(it.value)}</b> <span className="faint">{number(it.low, 3)} to {number(it.high, 3)}, n {count(it.n)}</span></> : <span className="none">–</span>; } })),
  ];
  return (
    <section className="panel flush">
      <header><h2>{metricName(metric)} by slice</h2><div className="chips" role="group" aria-label="Column">{names.slice(0, 8).map((one) => <button key={one} type="button" aria-pressed={one === column} onClick={() => changeQuery({ slice: one })}>{one}</button>)}</div></header>
      <Table caption={`Slices by ${column}`} rows={rows} columns={columns} rowKey={(row) => row.group} />
    </section>
  );
}
