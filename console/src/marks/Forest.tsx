import type { ReactNode } from "react";
import { count, number, tick } from "../words/format";
import { Figure } from "./Figure";
import { IntervalMark, type Spread } from "./IntervalMark";
import { linear, roomy, ticks } from "./scale";

export interface ForestRow {
  name: ReactNode;
  text: string;
  of: Spread;
  tone?: string | undefined;
  after?: ReactNode;
}

interface ForestProps {
  title: string;
  summary: string;
  rows: readonly ForestRow[];
  limit?: number | null;
  limitName?: string;
  say?: (value: number | null) => string;
  note?: ReactNode;
}

/** Values with their intervals, one under the other on one axis. */
export function Forest({ title, summary, rows, limit = null, limitName = "limit", say = (value) => number(value), note }: ForestProps) {
  const domain = roomy([...rows.flatMap((one) => [one.of.value, one.of.low, one.of.high]), limit], 0.06);
  const twin = {
    head: ["", "Value", "Low", "High", "n"],
    rows: rows.map((one) => [one.text, say(one.of.value), say(one.of.low), say(one.of.high), count(one.of.n)]),
  };
  return (
    <Figure title={title} summary={summary} twin={twin} note={note}>
      {(width) => {
        const inner = Math.max(80, Math.min(520, Math.floor(width * (width < 480 ? 0.36 : 0.42))));
        return (
          <div className={width < 480 ? "forest narrow" : "forest"}>
            {rows.map((one, i) => (
              <div key={i} className="forest-row">
                <span className="forest-name" title={one.text}>{one.name}</span>
                <IntervalMark of={one.of} domain={domain} limit={limit} width={inner} height={22} tone={one.tone} says={`${one.text}: ${say(one.of.value)}`} />
                <span className="forest-value">{say(one.of.value)}</span>
                <span className="forest-after">{one.after ?? (one.of.n ? `n ${count(one.of.n)}` : "")}</span>
              </div>
            ))}
            <div className="forest-row axis" aria-hidden="true">
              <span className="forest-name">{limit !== null && <span className="limit-name">│ {limitName} {say(limit)}</span>}</span>
              <ForestAxis domain={domain} width={inner} say={say} />
              <span />
              <span />
            </div>
          </div>
        );
      }}
    </Figure>
  );
}

function ForestAxis({ domain, width, say }: { domain: [number, number]; width: number; say: (value: number | null) => string }) {
  const x = linear(domain, [4, width - 4]);
  return (
    <svg className="mark" width={width} height={18}>
      {ticks(domain[0], domain[1], width / 90).map((one) => (
        <text key={one} className="tick" x={x(one)} y={12} textAnchor={x(one) < 24 ? "start" : x(one) > width - 24 ? "end" : "middle"}>{tick(say(one))}</text>
      ))}
    </svg>
  );
}
