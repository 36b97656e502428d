import type { Evaluation, MetricValue } from "../../api/types";
import { IntervalMark } from "../../marks/IntervalMark";
import { roomy } from "../../marks/scale";
import { Table, type Column } from "../../table/Table";
import { count, counted, day, metricName, number } from "../../words/format";

export function Metrics({ evaluation }: { evaluation: Evaluation }) {
  const columns: Column<MetricValue>[] = [
    { id: "name", head: "Metric", cell: (one) => <>{metricName(one.name)} {one.name === evaluation.metric && <span className="tag accent">judged by</span>}<span className="sub">{one.goal === "max" ? "more" : "less"} is better</span></> },
    { id: "value", head: "Value", numeric: true, cell: (one) => <b>{number(one.interval.value)}</b> },
    { id: "interval", head: "Interval", cell: (one) => <IntervalMark of={one.interval} domain={roomy([one.interval.low, one.interval.high, one.interval.value], 0.3)} width={120} /> },
    { id: "ends", head: "From and to", numeric: true, cell: (one) => `${number(one.interval.low)} to ${number(one.interval.high)}` },
    { id: "n", head: "n", numeric: true, cell: (one) => count(one.interval.n) },
  ];
  const from = evaluation.holdout_from ? `, ${day(evaluation.holdout_from)} to ${day(evaluation.holdout_until)}` : "";
  return (
    <section className="panel flush">
      <header><h2>On sealed rows</h2><p>{count(evaluation.rows)} rows{from}; {evaluation.blocks ? `${count(evaluation.blocks)} blocks by ${evaluation.block ?? "row"}` : "row by row"}; opened {counted(evaluation.tries, "time")}</p></header>
      <Table caption="Metrics on sealed rows" rows={evaluation.metrics} columns={columns} rowKey={(one) => one.name} />
    </section>
  );
}
