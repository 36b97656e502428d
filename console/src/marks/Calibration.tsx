import { count, number } from "../words/format";
import { Figure } from "./Figure";
import { linear, ticks } from "./scale";

export interface CurvePoint {
  predicted: number;
  observed: number;
  low: number;
  high: number;
  n: number;
}

const SIZE = 310;
const EDGE = 34;

/** What was said against what came true; on the diagonal they are the same. Several curves lie over each other. */
export function Calibration({ title, summary, curves }: { title: string; summary: string; curves: readonly { name: string; points: readonly CurvePoint[] }[] }) {
  const all = curves.flatMap((one) => one.points);
  const top = Math.min(1, Math.max(0.1, ...all.flatMap((one) => [one.predicted, one.high])) * 1.05);
  const low = Math.max(0, Math.min(0, ...all.map((one) => one.low)));
  const twin = {
    head: ["", "Said", "Came true", "Low", "High", "n"],
    rows: curves.flatMap((curve) => curve.points.map((one) => [curve.name, number(one.predicted), number(one.observed), number(one.low), number(one.high), count(one.n)])),
  };
  return (
    <Figure title={title} summary={summary} twin={twin} tools={curves.length > 1 && <Names of={curves.map((one) => one.name)} />}>
      {(width) => {
        const side = Math.min(SIZE, width);
        const x = linear([low, top], [EDGE, side - 8]);
        const y = linear([low, top], [side - 24, 8]);
        return (
          <svg className="mark calibration" width={side} height={side} role="img" aria-label={`${title}. ${summary}`}>
            {ticks(low, top, 4).map((one) => (
              <g key={one}>
                <line className="grid" x1={EDGE} x2={side - 8} y1={y(one)} y2={y(one)} />
                <text className="tick" x={EDGE - 5} y={y(one) + 3.5} textAnchor="end">{number(one, 2)}</text>
                <text className="tick" x={x(one)} y={side - 8} textAnchor="middle">{number(one, 2)}</text>
              </g>
            ))}
            <line className="limit" x1={x(low)} y1={y(low)} x2={x(top)} y2={y(top)} />
            {curves.map((curve, i) => (
              <g key={curve.name} className={`series ${"abc"[i % 3]}`}>
                {curve.points.map((one, j) => <line key={j} className="whisker" x1={x(one.predicted)} x2={x(one.predicted)} y1={y(one.low)} y2={y(Math.min(top, one.high))} />)}
                <path className="line" d={curve.points.map((one, j) => `${j ? "L" : "M"}${x(one.predicted)},${y(one.observed)}`).join("")} />
                {curve.points.map((one, j) => <Dot key={j} shape={i % 3} x={x(one.predicted)} y={y(one.observed)} says={`${curve.name}: said ${number(one.predicted)}, came true ${number(one.observed)} (n ${count(one.n)})`} />)}
              </g>
            ))}
          </svg>
        );
      }}
    </Figure>
  );
}

/** Which curve is whose: by the colour, and by the shape of its points. */
function Names({ of }: { of: readonly string[] }) {
  return <span className="readout">{of.map((name, i) => <span key={name} className={`key ${"abc"[i % 3]}`}><span aria-hidden="true" className="swatch" />{name}</span>)}</span>;
}

/** A circle, a square, a diamond: as the swatches are. */
function Dot({ shape, x, y, says }: { shape: number; x: number; y: number; says: string }) {
  if (shape === 0) return <circle className="dot" cx={x} cy={y} r={3}><title>{says}</title></circle>;
  return <rect className="dot" x={x - 2.8} y={y - 2.8} width={5.6} height={5.6} transform={shape === 2 ? `rotate(45 ${x} ${y})` : undefined}><title>{says}</title></rect>;
}
