import type { ReactNode } from "react";
import { count, number, share } from "../words/format";
import { Figure } from "./Figure";
import { linear } from "./scale";

export interface Bin {
  from: number;
  to: number;
  count: number;
}

/** How values are spread; `beside` is drawn as an outline for comparison, both as shares. */
export function Histogram({ title, summary, bins, beside, note, height = 130, say = (value) => number(value, 3) }: {
  title: string; summary: string; bins: readonly Bin[]; beside?: readonly Bin[]; note?: ReactNode; height?: number; say?: (value: number) => string;
}) {
  const total = bins.reduce((sum, one) => sum + one.count, 0) || 1;
  const other = (beside ?? []).reduce((sum, one) => sum + one.count, 0) || 1;
  const twin = { head: ["From", "To", "Rows", "Share"], rows: bins.map((one) => [say(one.from), say(one.to), count(one.count), share(one.count / total)]) };
  return (
    <Figure title={title} summary={summary} twin={twin} note={note}>
      {(width) => {
        const x = linear([bins[0]?.from ?? 0, bins.at(-1)?.to ?? 1], [2, width - 2]);
        const density = (one: Bin, all: number) => one.count / all / ((one.to - one.from) || 1);
        const top = Math.max(...bins.map((one) => density(one, total)), ...(beside ?? []).map((one) => density(one, other)), 1e-12);
        const y = linear([0, top], [height - 18, 6]);
        return (
          <svg className="mark histogram" width={width} height={height} role="img" aria-label={`${title}. ${summary}`}>
            {bins.map((one, i) => <rect key={i} x={x(one.from) + 0.5} width={Math.max(1, x(one.to) - x(one.from) - 1)} y={y(density(one, total))} height={height - 18 - y(density(one, total))}><title>{`${say(one.from)} to ${say(one.to)}: ${count(one.count)} (${share(one.count / total)})`}</title></rect>)}
            {beside && <path className="outline" d={beside.map((one, i) => `${i ? "L" : "M"}${x(one.from)},${y(density(one, other))}H${x(one.to)}`).join("")} />}
            <line className="base" x1={2} x2={width - 2} y1={height - 18} y2={height - 18} />
            <text className="tick" x={2} y={height - 4}>{say(bins[0]?.from ?? 0)}</text>
            <text className="tick" x={width - 2} y={height - 4} textAnchor="end">{say(bins.at(-1)?.to ?? 1)}</text>
          </svg>
        );
      }}
    </Figure>
  );
}
