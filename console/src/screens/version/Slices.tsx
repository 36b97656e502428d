import type { Evaluation } from "../../api/types";
import { Forest } from "../../marks/Forest";
import { changeQuery, useParam } from "../../url/location";
import { metricName, middle, number, toldApart } from "../../words/format";

/** The metric group by group, the worst first, against all rows. */
export function Slices({ evaluation }: { evaluation: Evaluation }) {
  const columns = [...new Set(evaluation.slices.map((one) => one.column))];
  const column = useParam("slice") || columns[0] || "";
  const told = toldApart(columns);
  const whole = evaluation.metrics.find((one) => one.name === evaluation.slices[0]?.metric);
  const goal = whole?.goal === "min" ? 1 : -1;
  const rows = evaluation.slices.filter((one) => one.column === column).sort((a, b) => goal * ((b.interval.value ?? 0) - (a.interval.value ?? 0)));
  const limit = whole?.interval.value ?? null;
  const apart = rows.filter((one) => limit !== null && ((one.interval.low ?? -Infinity) > limit || (one.interval.high ?? Infinity) < limit));
  return (
    <section className="panel">
      <header><h2>Slices</h2>
        <div className="chips" role="group" aria-label="Column">{columns.map((one) => <button key={one} type="button" aria-pressed={one === column} title={one} onClick={() => changeQuery({ slice: one })}>{middle(told(one), 36)}</button>)}</div>
      </header>
      <Forest title={`${metricName(rows[0]?.metric ?? "")} by ${column}`} summary={`${apart.length} of ${rows.length} groups are surely apart from all rows; the worst first.`} limit={limit} limitName="all rows" rows={rows.slice(0, 30).map((one) => ({ name: one.group || "(empty)", text: one.group || "(empty)", of: one.interval, tone: apart.includes(one) ? ((goal * ((one.interval.value ?? 0) - (limit ?? 0))) > 0 ? "bad" : "good") : "" }))} say={(value) => number(value)} note={rows.length > 30 ? `30 of ${rows.length} groups` : undefined} />
    </section>
  );
}
