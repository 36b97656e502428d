import type { Leaderboard } from "../../api/types";
import { Figure } from "../../marks/Figure";
import { linear, logTicks, roomy, ticks } from "../../marks/scale";
import { metricName, number, size, tick } from "../../words/format";

const HEIGHT = 190;
const LEFT = 54;

/** Quality against the time that a row takes; those on the front are beaten by nobody in quality, time and size at once. */
export function Front({ search }: { search: Leaderboard }) {
  const all = search.standings.filter((one) => one.score !== null && one.row_us !== null);
  if (all.length < 2) return null;
  const front = all.filter((one) => one.on_front).sort((a, b) => (a.row_us ?? 0) - (b.row_us ?? 0));
  const summary = `${front.length} of ${all.length} configurations are beaten by none in quality, time and size at once.`;
  const twin = { head: ["Configuration", metricName(search.metric), "µs a row", "Size", "On the front"], rows: all.map((one) => [one.config, number(one.score), number(one.row_us, 3), size(one.size), one.on_front ? "yes" : ""]) };
  return (
    <section className="panel">
      <Figure title="Quality and speed" summary={summary} twin={twin}>
        {(width) => {
          const logs = all.map((one) => Math.log10(Math.max(0.01, one.row_us ?? 0.01)));
          const xs = roomy(logs, 0.1);
          const ys = roomy(all.map((one) => one.score), 0.1);
          const x = linear(xs, [LEFT, width - 12]);
          const y = linear(ys, search.goal === "max" ? [HEIGHT - 30, 8] : [8, HEIGHT - 30]);
          return (
            <svg className="mark" width={width} height={HEIGHT} role="img" aria-label={summary}>
              {ticks(ys[0], ys[1], 4).map((one) => <g key={one}><line className="grid" x1={LEFT} x2={width - 12} y1={y(one)} y2={y(one)} /><text className="tick" x={LEFT - 6} y={y(one) + 3.5} textAnchor="end">{tick(number(one, 4))}</text></g>)}
              {logTicks(xs[0], xs[1]).map((one) => <text key={one} className="tick" x={x(Math.log10(one))} y={HEIGHT - 16} textAnchor="middle">{tick(number(one, 2))}</text>)}
              <text className="tick" x={width - 12} y={HEIGHT - 3} textAnchor="end">µs a row; better is up and left</text>
              <path className="front-line" d={front.map((one, i) => `${i ? "L" : "M"}${x(Math.log10(one.row_us ?? 0.01))},${y(one.score ?? 0)}`).join("")} />
              {all.map((one) => <circle key={`${one.number} ${one.config}`} className={one.state === "chosen" ? "front-dot chosen" : one.on_front ? "front-dot on" : "front-dot"} cx={x(Math.log10(Math.max(0.01, one.row_us ?? 0.01)))} cy={y(one.score ?? 0)} r={one.state === "chosen" ? 5.5 : 3.5}><title>{`${one.config}: ${number(one.score)}, ${number(one.row_us, 3)} µs, ${size(one.size)}`}</title></circle>)}
            </svg>
          );
        }}
      </Figure>
    </section>
  );
}
