import type { Leaderboard } from "../../api/types";
import { Figure } from "../../marks/Figure";
import { linear, roomy, ticks } from "../../marks/scale";
import { counted, duration, metricName, number, tick } from "../../words/format";
import { courseOf } from "./course";

const HEIGHT = 170;
const LEFT = 54;

/** How the best score got better while it was searched. */
export function BestSoFar({ search }: { search: Leaderboard }) {
  const { steps: points, end, timed } = courseOf(search);
  const when = (at: number) => (timed ? duration(at) : `trial ${number(at)}`);
  const best = points.at(-1);
  const first = points[0];
  const fits = search.standings.filter((one) => one.score !== null);
  const summary = best && first
    ? `${metricName(search.metric)} out of fold: ${number(first.score)} of the ${first.config}${points.length > 1 ? `, ${number(best.score)} of ${best.config} after ${when(best.at)}` : ""}. Judged on ${search.full} folds: ${counted(fits.length, "configuration")}.`
    : "Nothing was judged yet.";
  const twin = { head: ["After", "Best score", "Whose"], rows: points.map((one) => [when(one.at), number(one.score), one.config]) };
  const note = timed ? undefined : "When each trial was done was not noted in this run: they stand in the order they were taken up.";
  return (
    <section className="panel">
      <Figure title="Best so far" summary={summary} twin={twin} note={note}>
        {(width) => {
          const scores = [...points.map((one) => one.score), ...fits.map((one) => one.score)];
          const range = roomy(scores, 0.1);
          const y = linear(range, [HEIGHT - 22, 8]);
          const x = linear([0, end], [LEFT, width - 12]);
          const path = points.map((one, i) => `${i ? `H${x(one.at)}V` : `M${x(one.at)},`}${y(one.score)}`).join("");
          return (
            <svg className="mark" width={width} height={HEIGHT} role="img" aria-label={summary}>
              {ticks(range[0], range[1], 4).map((one) => <g key={one}><line className="grid" x1={LEFT} x2={width - 12} y1={y(one)} y2={y(one)} /><text className="tick" x={LEFT - 6} y={y(one) + 3.5} textAnchor="end">{tick(number(one))}</text></g>)}
              {ticks(0, end, width / 120).map((one) => <text key={one} className="tick" x={x(one)} y={HEIGHT - 6} textAnchor="middle">{timed ? duration(one) : one ? when(one) : ""}</text>)}
              <g className="series a">
                <path className="line" d={`${path}H${x(end)}`} />
                {points.map((one) => <circle key={one.at} className="dot" cx={x(one.at)} cy={y(one.score)} r={3.5}><title>{`${one.config}: ${number(one.score)} after ${when(one.at)}`}</title></circle>)}
              </g>
              {fits.map((one) => <line key={one.number} className="rug" x1={width - 11} x2={width - 3} y1={y(one.score ?? 0)} y2={y(one.score ?? 0)}><title>{`${one.config}: ${number(one.score)}`}</title></line>)}
            </svg>
          );
        }}
      </Figure>
    </section>
  );
}
