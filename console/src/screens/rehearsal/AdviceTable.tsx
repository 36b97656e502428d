import type { Advice } from "../../api/types";
import { copy } from "../../shell/toasts";
import { Table, type Column } from "../../table/Table";
import { count, number, signed } from "../../words/format";

const COLUMNS: Column<Advice>[] = [
  { id: "name", head: "Policy", cell: (one) => <><b>{one.name}</b> {one.advised && <span className="tag accent">advised</span>}</> },
  { id: "retrains", head: "Retrains", numeric: true, cell: (one) => count(one.retrains) },
  { id: "value", head: "Value", numeric: true, cell: (one) => number(one.value) },
  { id: "difference", head: "Better than the spec's own by", numeric: true, cell: (one) => (one.difference ? `${signed(one.difference.value)} (${signed(one.difference.low)} to ${signed(one.difference.high)})` : "–") },
  { id: "lines", head: "In the spec", cell: (one) => (one.lines.length ? <button type="button" className="copyable" onClick={() => void copy(one.lines.join("\n"), "Lines")}>{one.lines.join(" · ")}</button> : <span className="none">as it is</span>) },
];

export function AdviceTable({ advice }: { advice: Advice[] }) {
  return <section className="panel flush"><header><h2>Policies that were tried</h2></header><Table caption="Policies that were tried" rows={advice} columns={COLUMNS} rowKey={(one) => one.name} /></section>;
}
