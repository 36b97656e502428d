import { number } from "../words/format";
import { linear } from "./scale";

export interface Spread {
  value: number | null;
  low: number | null;
  high: number | null;
  n?: number;
}

interface IntervalMarkProps {
  of: Spread;
  domain: readonly [number, number];
  /** A line that counts: a gate, zero, what was promised. */
  limit?: number | null | undefined;
  width?: number;
  height?: number;
  tone?: string | undefined;
  says?: string;
}

/** A value and its interval on a small axis; the line is the limit that it is held against. */
export function IntervalMark({ of, domain, limit, width = 120, height = 16, tone = "", says }: IntervalMarkProps) {
  const x = linear(domain, [4, width - 4]);
  const y = height / 2;
  const inside = (value: number) => Math.max(2, Math.min(width - 2, x(value)));
  const words = says ?? `${number(of.value)}, interval ${number(of.low)} to ${number(of.high)}${limit === null || limit === undefined ? "" : `, limit ${number(limit)}`}`;
  return (
    <svg className={`mark interval ${tone}`} width={width} height={height} role="img" aria-label={words}>
      <line className="grid" x1={4} x2={width - 4} y1={y} y2={y} />
      {limit !== null && limit !== undefined && <line className="limit" x1={inside(limit)} x2={inside(limit)} y1={1} y2={height - 1} />}
      {of.low !== null && of.high !== null && <line className="span" x1={inside(of.low)} x2={inside(of.high)} y1={y} y2={y} />}
      {of.value !== null && <circle className="dot" cx={inside(of.value)} cy={y} r={3.5} />}
    </svg>
  );
}
