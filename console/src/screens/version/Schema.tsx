import { useState } from "react";
import type { Contract, ContractColumn } from "../../api/types";
import { Table, type Column } from "../../table/Table";
import { count, middle, number, toldApart } from "../../words/format";

const columnsOf = (told: (name: string) => string): Column<ContractColumn>[] => [
 
  { id: "name", head: "Column", cell: (one) => <span title={one.name}><b>{middle(told(one.name), 40)}</b> {one.pii && <span className="tag warn">personal</span>} {one.key && <span className="tag">key</span>}</span> },
  { id: "role", head: "Role", cell: (one) => one.role.replace(/_/g, " ") },
  { id: "kind", head: "Kind", cell: (one) => one.kind.replace(/_/g, " ") },
  { id: "range", head: "Valid values", cell: (one) => <span className="clip" title={one.levels?.join(", ")}>{valid(one)}</span> },
  { id: "null", head: "May be missing", narrow: false, cell: (one) => (one.nullable ? "yes" : <b>no</b>) },
];

export function Schema({ contract }: { contract: Contract }) {
  const [sought, setSought] = useState("");
  const rows = contract.columns.filter((one) => one.name.toLowerCase().includes(sought.toLowerCase()));
  return (
    <section className="panel flush">
      <header><h2>Contract: what a valid row is</h2><div className="line-up"><input type="search" aria-label="Search a column" placeholder="Search a column" value={sought} onChange={(event) => setSought(event.target.value)} /><span className="of">{count(rows.length)} of {count(contract.columns.length)}</span></div></header>
      <Table caption="Columns of the contract" rows={rows.slice(0, 200)} columns={columnsOf(toldApart(rows.slice(0, 200).map((one) => one.name)))} rowKey={(one) => one.name} />
      {rows.length > 200 && <p className="fine pad">200 of {count(rows.length)}: search for others.</p>}
    </section>
  );
}

function valid(one: ContractColumn): string {
  if (one.levels) return `${one.levels.length} levels: ${one.levels.slice(0, 6).join(", ")}${one.levels.length > 6 ? ", …" : ""}`;
  if (one.minimum !== null || one.maximum !== null) return `${number(one.minimum)} to ${number(one.maximum)}`;
  return one.date_format ?? "any";
}
