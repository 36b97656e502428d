import { useState, type FormEvent } from "react";
import { useChange } from "../../api/hooks";
import type { Answers, Contract, ContractColumn } from "../../api/types";
import { Bars } from "../../marks/Bars";
import { Failure } from "../../shell/Async";
import { count, number, signed, toldApart } from "../../words/format";
import { contributions } from "../log/Prediction";
import { OFFERED, offered, read, textOf, type Given } from "./given";

interface TryItProps {
  project: string;
  version: string;
  contract: Contract;
  example: Record<string, unknown>;
  importance: readonly [string, number][];
}

/** A form made from the contract, filled with a row: what does it say, and why? */
export function TryIt({ project, version, contract, example, importance }: TryItProps) {
  const fields = contract.columns.filter((one) => one.name in example);
  const [given, setGiven] = useState<Given>(() => Object.fromEntries(fields.map((one) => [one.name, textOf(example[one.name])])));
  const [sought, setSought] = useState("");
  const offers = offered(fields, importance, sought);
  const told = toldApart(offers.map((one) => one.name));
  const change = useChange<Answers>();
  function send(event: FormEvent) {
    event.preventDefault();
    change.mutate({ path: `/projects/${project}/versions/${version}/predict`, body: { rows: [read(fields, given)] } });
  }
  return (
    <section className="panel">
      <header><h2>Try it</h2><p>answered by this version, here; nothing is logged</p></header>
      {fields.length > OFFERED && <div className="list-tools"><input type="search" aria-label="Search a column to set" placeholder="Search a column" value={sought} onChange={(event) => setSought(event.target.value)} /><span className="of">{count(offers.length)} of {count(fields.length)}{sought ? "" : ", what counts most"}; the others are as in an example</span></div>}
      <form className="try-it" onSubmit={send}>
        <div className="try-fields">{offers.map((one) => <FieldOf key={one.name} column={one} shown={told(one.name)} value={given[one.name] ?? ""} onChange={(value) => setGiven({ ...given, [one.name]: value })} />)}</div>
        <div className="line-up"><button type="submit" className="primary" disabled={change.isPending}>{change.isPending ? "Asking…" : "Ask"}</button></div>
      </form>
      {change.error && <Failure error={change.error} />}
      {change.data && <Answer data={change.data} />}
    </section>
  );
}

function FieldOf({ column, shown, value, onChange }: { column: ContractColumn; shown: string; value: string; onChange: (value: string) => void }) {
  const numeric = column.kind === "number" || column.kind === "integer";
  return (
    <label className="field">
      <span title={column.name}>{shown}</span>
      {column.levels && column.levels.length <= 200
        ? <select value={value} onChange={(event) => onChange(event.target.value)}><option value="">–</option>{!column.levels.includes(value) && value && <option>{value}</option>}{column.levels.map((one) => <option key={one}>{one}</option>)}</select>
        : <input inputMode={numeric ? "decimal" : "text"} value={value} placeholder={column.nullable ? "missing" : "needed"} onChange={(event) => onChange(event.target.value)} />}
    </label>
  );
}

function Answer({ data }: { data: Answers }) {
  const tried = data.answers[0];
  if (!tried) return null;
  if (!tried.answer) return <p className="strip bad above" role="status"><span><b>{tried.column && `${tried.column}: `}</b>{tried.error}</span></p>;
  const parts = contributions(tried.contributions);
  return (
    <div className="answer" role="status">
      <dl className="facts">
        {Object.entries(tried.answer).map(([name, value]) => <div key={name} className="pair"><dt>{name}</dt><dd><b>{typeof value === "number" ? number(value) : typeof value === "object" ? JSON.stringify(value) : String(value)}</b></dd></div>)}
        {tried.flags.length > 0 && <div className="pair"><dt>flags</dt><dd>{tried.flags.map((one) => <span key={one} className="tag warn">{one}</span>)}</dd></div>}
      </dl>
      {parts.length > 0 && <Bars title="Why" summary={`What moved this answer most: ${parts[0]?.name}.`} bars={parts.slice(0, 10).map((one) => ({ ...one, tone: one.value < 0 ? "b" : "" }))} say={(value) => signed(value)} note="Grey pulls down, colour pulls up." />}
    </div>
  );
}
