import type { ReactNode } from "react";
import { Name } from "../shell/Name";
import { number, toldApart } from "../words/format";
import { Figure } from "./Figure";

export interface Bar {
  name: string;
  value: number;
  shown?: ReactNode;
  tone?: string;
}

/** Lengths beside names: importance, counts. Relative to the largest. */
export function Bars({ title, summary, bars, say = (value: number) => number(value, 3), note }: {
  title: string; summary: string; bars: readonly Bar[]; say?: (value: number) => string; note?: ReactNode;
}) {
  const told = toldApart(bars.map((one) => one.name));
  const largest = Math.max(...bars.map((one) => Math.abs(one.value)), 1e-12);
  return (
    <Figure title={title} summary={summary} note={note} twin={{ head: ["", "Value"], rows: bars.map((one) => [one.name, say(one.value)]) }}>
      {(width) => {
        const room = Math.max(60, width - 250);
        return (
          <div className="bars">
            {bars.map((one) => (
              <div key={one.name} className="bar-row">
                <span className="bar-name" title={one.name}>{one.shown ?? <Name text={one.name} shown={told(one.name)} />}</span>
                <svg className={`mark bar ${one.tone ?? ""}`} width={room} height={14} aria-hidden="true">
                  <rect x={0} y={2} width={Math.max(1, (Math.abs(one.value) / largest) * room)} height={10} rx={1.5} />
                </svg>
                <span className="bar-value">{say(one.value)}</span>
              </div>
            ))}
          </div>
        );
      }}
    </Figure>
  );
}
