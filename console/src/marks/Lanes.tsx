import { axisTime, day } from "../words/format";
import { Link } from "../url/Link";
import { useCursor } from "./cursor";
import { Figure } from "./Figure";
import { gathered, gatheredSays, leadsTo, worstTone } from "./gathering";
import { linear, timeTicks } from "./scale";
import type { Gathered, TimeEvent } from "./timeline";

export interface Stretch {
  from: number;
  to: number;
  name: string;
  kind: "live" | "shadow" | "canary" | "warn" | "bad";
  href?: string;
}

export interface Lane {
  name: string;
  stretches?: readonly Stretch[];
  events?: readonly TimeEvent[];
  /** Where many events of one time can be looked at. */
  closer?: (from: number, to: number) => string;
}

const ROW = 26;
/** Where its axis begins: plots beneath it over the same time begin there too. */
export const STORY_LEFT = 112;
const LEFT = STORY_LEFT;

/** What was so from when to when, and what happened, one line a kind, all on one time axis. */
export function Lanes({ title, summary, lanes, domain }: { title: string; summary: string; lanes: readonly Lane[]; domain: readonly [number, number] }) {
  const rows = lanes.flatMap((lane) => [
    ...(lane.stretches ?? []).map((one): [string, string, string, string] => [lane.name, one.name, day(one.from), day(one.to)]),
    ...(lane.events ?? []).map((one): [string, string, string, string] => [lane.name, one.name, day(one.t), ""]),
  ]);
  return (
    <Figure title={title} summary={summary} twin={{ head: ["", "What", "From", "Until"], rows }}>
      {(width) => <LanePlot lanes={lanes} domain={domain} width={width} says={`${title}. ${summary}`} />}
    </Figure>
  );
}

function LanePlot({ lanes, domain, width, says }: { lanes: readonly Lane[]; domain: readonly [number, number]; width: number; says: string }) {
  const [cursor] = useCursor();
  const x = linear(domain, [LEFT, width - 10]);
  const height = lanes.length * ROW + 22;
  const at = (value: number) => Math.max(LEFT, Math.min(width - 10, x(value)));
  return (
    <svg className="mark lanes" width={width} height={height} role="group" aria-label={says}>
      {lanes.map((lane, i) => (
        <g key={lane.name} transform={`translate(0 ${i * ROW})`}>
          <text className="lane-name" x={0} y={ROW / 2 + 4}>{lane.name}</text>
          <line className="grid" x1={LEFT} x2={width - 10} y1={ROW / 2} y2={ROW / 2} />
          {(lane.stretches ?? []).filter((one) => one.to >= domain[0] && one.from <= domain[1]).map((one, j) => (
            <LaneStretch key={j} stretch={one} from={at(one.from)} to={at(one.to)} />
          ))}
          {gathered((lane.events ?? []).filter((one) => one.t >= domain[0] && one.t <= domain[1]), at, { apart: APART, beside: 3, end: width - 6 }).map((one, j) => <LaneEvent key={j} of={one} closer={lane.closer} />)}
        </g>
      ))}
      {timeTicks(domain[0], domain[1], (width - LEFT) / 96).map((one) => <text key={one} className="tick" x={x(one)} y={height - 5} textAnchor={x(one) > width - 30 ? "end" : "middle"}>{axisTime(one, domain[1] - domain[0])}</text>)}
      {cursor !== null && cursor >= domain[0] && cursor <= domain[1] && <line className="cursor" x1={x(cursor)} x2={x(cursor)} y1={0} y2={height - 20} />}
    </svg>
  );
}

function LaneStretch({ stretch, from, to }: { stretch: Stretch; from: number; to: number }) {
  const says = `${stretch.name}: ${day(stretch.from)} to ${day(stretch.to)}`;
  const shape = (
    <g className={`stretch ${stretch.kind}`}>
      {stretch.href && <rect className="target" x={from} y={1} width={Math.max(24, to - from)} height={24} />}
      <rect x={from} y={5} width={Math.max(3, to - from)} height={ROW - 10} rx={3} />
      {to - from > stretch.name.length * 6.4 + 10 && <text x={from + 6} y={ROW / 2 + 4}>{stretch.name}</text>}
      <title>{says}</title>
    </g>
  );
  return stretch.href ? <Link to={stretch.href} aria-label={says}>{shape}</Link> : shape;
}

const APART = 10;

const SHAPES = { good: "M-5,4L0,-5L5,4Z", warn: "M0,-6L6,0L0,6L-6,0Z", bad: "M-5,-5H5V5H-5Z", busy: "M-5,-4L5,-4L0,5Z", idle: "M-4,-1.5H4V1.5H-4Z" };

function LaneEvent({ of: { at, events }, closer }: { of: Gathered; closer: Lane["closer"] }) {
  const [first] = events;
  const says = gatheredSays(events);
  const many = events.length > 1;
  const shape = (
    <g className={`lane-event ${worstTone(events)}`} transform={`translate(${at} ${ROW / 2})`}>
      <rect className="target" x={-12} y={-12} width={24} height={24} />
      {many ? <Many count={events.length} /> : <path d={SHAPES[first.tone]} />}
      <title>{says}</title>
    </g>
  );
  const to = leadsTo(events, closer);
  return to ? <Link to={to} aria-label={says}>{shape}</Link> : shape;
}

/** Not drawn wider than it may be: what lies beside it is another time. */
function Many({ count }: { count: number }) {
  const text = count > 999 ? "999+" : String(count);
  const wide = text.length * 6 + 8;
  return <><rect className="many" x={-wide / 2} y={-8} width={wide} height={16} rx={8} /><text x={0} y={4} textAnchor="middle">{text}</text></>;
}
