import type { Compared } from "../../api/types";
import { Forest } from "../../marks/Forest";
import { metricName, signed } from "../../words/format";
import { short } from "./Compare";

export function PairedPlot({ paired }: { paired: Compared["paired"] }) {
  if (paired.length === 0) return <section className="panel"><h2>On the same rows</h2><p className="soft">No two of them were judged against each other on the same rows.</p></section>;
  const clear = paired.filter((one) => (one.comparison.difference.low ?? -1) > 0).length;
  return (
    <section className="panel">
      <Forest
        title="On the same rows, paired" summary={`${clear} of ${paired.length} are surely better than what they were held against.`} limit={0} limitName="no difference" say={(value) => signed(value)}
        rows={paired.slice(0, 30).map(({ of, against, comparison }) => ({ name: <>{short(of)} <span className="faint">against {short(against)}, {metricName(comparison.metric)}{comparison.group ? ` on ${comparison.column} ${comparison.group}` : ""}</span></>, text: `${of} against ${against}, ${metricName(comparison.metric)}`, of: comparison.difference, tone: (comparison.difference.low ?? 0) > 0 ? "good" : (comparison.difference.high ?? 0) < 0 ? "bad" : "idle" }))}
        note="Above zero is better, whatever the metric's goal."
      />
    </section>
  );
}
