import { useState, type FormEvent } from "react";
import { useChange } from "../../api/hooks";
import type { Contract, ContractColumn } from "../../api/types";
import { Bars } from "../../marks/Bars";
import { Failure } from "../../shell/Async";
import { number, share, signed } from "../../words/format";
import { read, textOf, type Given } from "./given";

interface TryItProps {
  project: string;
  version: string;
  contract: Contract;
  example: Record<string, unknown>;
}

/** A form made from the contract, filled with a row: what does it say, and why? */
export function TryIt({ project, version, contract, example }: TryItProps) {
  const fields = contract.columns.filter((one) => one.name in example);
  const [given, setGiven] = useState<Given>(() => Object.fromEntries(fields.map((one) => [one.name, textOf(example[one.name])])));
  const change = useChange<{ predictions?: Record<string, unknown>[] } & Record<string, unknown>>();
  function send(event: FormEvent) {
    event.preventDefault();
    change.mutate({ path: `/projects/${project}/versions/${version}/predict`, body: { rows: [read(fields, given)], explain: true } });
  }
  return (
    <section className="panel">
      <header><h2>Try it</h2><p>answered by this version, here; nothing is logged</p></header>
      <form className="try-it" onSubmit={send}>
        <div className="try-fields">{fields.map((one) => <FieldOf key={one.name} column={one} value={given[one.name] ?? ""} onChange={(value) => setGiven({ ...given, [one.name]: value })} />)}</div>
        <div className="line-up"><button type="submit" className="primary" disabled={change.isPending}>{change.isPending ? "Asking…" : "Ask"}</button></div>
      </form>
      {change.error && <Failure error={change.error} />}
      {change.data && <Answer data={change.data} />}
    </section>
  );
}

function FieldOf({ column, value, onChange }: { column: ContractColumn; value: string; onChange: (value: string) => void }) {
  const numeric = column.kind === "number" || column.kind === "integer";
  return (
    <label className="field">
      <span title={column.name}>{column.name}</span>
      {column.levels && column.levels.length <= 200
        ? <select value={value} onChange={(event) => onChange(event.target.value)}><option value="">–</option>{!column.levels.includes(value) && value && <option>{value}</option>}{column.levels.map((one) => <option key={one}>{one}</option>)}</select>
        : <input inputMode={numeric ? "decimal" : "text"} value={value} placeholder={column.nullable ? "missing" : "needed"} onChange={(event) => onChange(event.target.value)} />}
    </label>
  );
}

function Answer({ data }: { data: Record<string, unknown> }) {
  const rows = (data["predictions"] ?? data["rows"] ?? data["answers"]) as Record<string, unknown>[] | undefined;
  const row = rows?.[0] ?? data;
  const output = (row["output"] ?? row) as Record<string, unknown>;
  const why = (row["explanation"] ?? row["explain"] ?? data["explanation"]) as { contributions?: [string, number][] | { column: string; value: number }[] } | undefined;
  const parts = partsOf(why);
  return (
    <div className="answer" role="status">
      <dl className="facts">{Object.entries(output).filter(([, value]) => typeof value !== "object" || value === null).map(([name, value]) => <div key={name} className="pair"><dt>{name}</dt><dd><b>{typeof value === "number" ? (name.startsWith("prob") || name === "score" ? `${number(value)} (${share(value)})` : number(value)) : String(value)}</b></dd></div>)}</dl>
      {parts.length > 0 && <Bars title="Why" summary={`What moved this answer most, from the average: ${parts[0]?.name}.`} bars={parts.slice(0, 10).map((one) => ({ name: one.name, value: one.value, tone: one.value < 0 ? "b" : "" }))} say={(value) => signed(value)} note="Grey pulls down, colour pulls up." />}
    </div>
  );
}

function partsOf(why: unknown): { name: string; value: number }[] {
  const list = Array.isArray(why) ? why : ((why as { contributions?: unknown[] } | undefined)?.contributions ?? []);
  const found = (list as unknown[]).map((one) => {
    if (Array.isArray(one)) return { name: String(one[0]), value: Number(one[1]) };
    const part = one as Record<string, unknown>;
    return { name: String(part["column"] ?? part["feature"] ?? part["name"]), value: Number(part["contribution"] ?? part["value"] ?? part["effect"]) };
  });
  return found.filter((one) => Number.isFinite(one.value)).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
}
