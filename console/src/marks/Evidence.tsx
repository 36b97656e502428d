import { number } from "../words/format";
import { linear } from "./scale";

/** How far evidence of harm has grown towards what shows it, on a scale of factors: it may be read at any time. */
export function Evidence({ now, largest, needed, width = 260 }: { now: number; largest: number; needed: number; width?: number }) {
  const log = (value: number) => Math.log10(Math.max(0.01, value));
  const x = linear([log(0.01), log(needed * 4)], [2, width - 2]);
  const shown = largest >= needed;
  return (
    <svg className={`mark evidence ${shown ? "bad" : ""}`} width={width} height={30} role="img" aria-label={`Evidence of harm ${number(now, 3)}, at most ${number(largest, 3)} so far; ${number(needed, 3)} shows harm.`}>
      <rect className="track" x={2} width={width - 4} y={5} height={8} rx={4} />
      <rect className="danger" x={x(log(needed))} width={width - 2 - x(log(needed))} y={5} height={8} rx={2} />
      <rect className="fill" x={2} width={Math.max(3, x(log(now)) - 2)} y={5} height={8} rx={4} />
      <line className="most" x1={x(log(largest))} x2={x(log(largest))} y1={2} y2={16} />
      <line className="limit" x1={x(log(needed))} x2={x(log(needed))} y1={1} y2={17} />
      <text className="tick" x={x(log(1))} y={28} textAnchor="middle">1: none</text>
      <text className="tick" x={x(log(needed))} y={28} textAnchor="middle">{number(needed, 3)}: shown</text>
    </svg>
  );
}
