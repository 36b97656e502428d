import type { ReplayStory } from "../../api/types";
import { TimeSeries } from "../../marks/TimeSeries";
import { IntervalMark } from "../../marks/IntervalMark";
import { roomy } from "../../marks/scale";
import { Table, type Column } from "../../table/Table";
import type { WayOf } from "../../api/types";
import { count, metricName, number } from "../../words/format";

/** Each way to go about it, month by month: small multiples against the policy. */
export function Ways({ story, metric }: { story: ReplayStory; metric: string }) {
  const policy = story.ways.find((one) => one.name === "policy") ?? story.ways[0];
  const others = story.ways.filter((one) => one !== policy);
  const overall = roomy(story.ways.flatMap((one) => [one.overall[metric]?.low, one.overall[metric]?.high]), 0.05);
  const columns: Column<WayOf>[] = [
    { id: "way", head: "Way", cell: (one) => (one === policy ? <b>{one.title}</b> : one.title) },
    { id: "all", head: `${metricName(metric)} over all`, cell: (one) => { const it = one.overall[metric]; return it ? <span className="line-up tight"><IntervalMark of={it} domain={overall} limit={policy?.overall[metric]?.value ?? null} width={130} tone={one === policy ? "" : "idle"} /><b className="num">{number(it.value)}</b></span> : "–"; } },
    { id: "retrains", head: "Retrains", numeric: true, cell: (one) => count(one.retrains) },
    { id: "n", head: "n", numeric: true, cell: (one) => count(one.overall[metric]?.n) },
  ];
  return (
    <section className="panel stack">
      <Table caption="Ways to go about it" rows={story.ways} columns={columns} rowKey={(one) => one.name} />
      {policy && others.slice(0, 4).map((other) => (
        <TimeSeries key={other.name} title={`${policy.title} and ${other.title}`} summary={`${metricName(metric)} by month, each on the same rows; ${story.goals[metric] === "max" ? "more" : "less"} is better.`} series={[{ name: policy.title, tone: "a", points: points(policy, metric) }, { name: other.title, tone: "b", points: points(other, metric) }]} height={130} />
      ))}
    </section>
  );
}

function points(way: WayOf, metric: string): { t: number; until: number; value: number | null; n: number }[] {
  return way.months.map((one) => {
    const from = new Date(`${one.month}-01T00:00:00Z`);
    return { t: from.getTime(), until: Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1), value: one.metrics[metric] ?? null, n: one.n };
  });
}
