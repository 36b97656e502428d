import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { Link } from "../url/Link";
import { axisTime, count, day, number, shortDay, tick } from "../words/format";
import { useCursor } from "./cursor";
import { Figure } from "./Figure";
import { gathered, gatheredSays, leadsTo, worstTone } from "./gathering";
import { linear, roomy, ticks, timeTicks, type Scale } from "./scale";
import { extent, middleOf, pointAt, type Gathered, type Limit, type Series, type TimeEvent, type TimePoint, type TimeSpan } from "./timeline";

interface TimeSeriesProps {
  title: string;
  summary: string;
  series: readonly Series[];
  domain?: readonly [number, number] | undefined;
  limits?: readonly Limit[];
  spans?: readonly TimeSpan[];
  events?: readonly TimeEvent[];
  /** Where many events of one time can be looked at. */
  closer?: (from: number, to: number) => string;
  say?: (value: number | null | undefined) => string;
  height?: number;
  note?: ReactNode;
  tools?: ReactNode;
  onBrush?: ((from: number, to: number) => void) | undefined;
  zero?: boolean;
  /** Where the plot begins, so that plots of one time stand under each other. */
  left?: number;
}

const USUAL_LEFT = 50;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 20;

/** Values over time with their intervals, what they are held against, and what happened meanwhile. */
export function TimeSeries(props: TimeSeriesProps) {
  const { title, summary, series, note, say = number } = props;
  const twin = {
    head: ["From", "Until", ...series.flatMap((one) => [one.name, "low", "high", "n"])],
    rows: (series[0]?.points ?? []).map((point) => [
      day(point.t), point.until ? day(point.until) : "",
      ...series.flatMap((one) => {
        const found = one.points.find((other) => other.t === point.t);
        return [say(found?.value), say(found?.low), say(found?.high), count(found?.n)];
      }),
    ]),
  };
  return (
    <Figure title={title} summary={summary} note={note} twin={twin} tools={<><Readout series={series} say={say} />{props.tools}</>}>
      {(width) => <Plot {...props} say={say} width={width} />}
    </Figure>
  );
}

function Readout({ series, say }: { series: readonly Series[]; say: (value: number | null | undefined) => string }) {
  const [at] = useCursor();
  return (
    <span className="readout">
      {series.map((one) => {
        const point = at === null ? one.points.findLast((other) => other.value !== null) : pointAt(one.points, at);
        return (
          <span key={one.name} className={`key ${one.tone}`}>
            <span aria-hidden="true" className="swatch" />
            {series.length > 1 && `${one.name} `}
            {point ? <><b>{say(point.value)}</b>{spread(point, say)} <span className="faint">{shortDay(point.t)}</span></> : "–"}
          </span>
        );
      })}
    </span>
  );
}

function spread(point: TimePoint, say: (value: number | null | undefined) => string): string {
  return point.low === null || point.low === undefined ? "" : ` (${say(point.low)} to ${say(point.high)})`;
}

function Plot({ series, domain, limits = [], spans = [], events = [], closer, say = number, width, height = 168, left = USUAL_LEFT, onBrush, zero, title, summary }: TimeSeriesProps & { width: number }) {
  const [low, high] = domain ?? extent(series);
  const x = linear([low, high], [left, width - RIGHT]);
  const every = series.flatMap((one) => one.points.filter((point) => (point.until ?? point.t) >= low && point.t <= high));
  const values = [...every.flatMap((one) => [one.value, one.low, one.high]), ...limits.map((one) => one.value), zero ? 0 : null];
  const range = roomy(values, 0.08);
  if (zero) range[0] = 0;
  const y = linear(range, [height - BOTTOM, TOP]);
  const clip = `clip-${title.replace(/\W/g, "")}`;
  return (
    <Surface left={left} width={width} height={height} x={x} domain={[low, high]} links={events.some((one) => one.href)} onBrush={onBrush} says={`${title}. ${summary}`} points={series[0]?.points ?? []}>
      <clipPath id={clip}><rect x={left} y={0} width={Math.max(0, width - left - RIGHT)} height={height} /></clipPath>
      <g clipPath={`url(#${clip})`}>
        {spans.map((one) => <rect key={`${one.name} ${one.from}`} className={`timespan ${one.tone}`} x={x(one.from)} y={TOP} width={Math.max(1, x(one.to) - x(one.from))} height={height - TOP - BOTTOM}><title>{one.name}</title></rect>)}
      </g>
      <Axes x={x} y={y} range={range} domain={[low, high]} left={left} width={width} height={height} say={say} />
      <g clipPath={`url(#${clip})`}>
        {limits.map((one) => <LimitLine key={one.name} limit={one} y={y} left={left} width={width} />)}
        {series.map((one) => <Line key={one.name} of={one} x={x} y={y} />)}
      </g>
      {gathered(events.filter((one) => one.t >= low && one.t <= high), x, { apart: 9, beside: 1, end: width - RIGHT }).map((one, i) => <EventMark key={i} of={one} closer={closer} height={height} />)}
    </Surface>
  );
}

function Axes({ x, y, range, domain, left, width, height, say }: { x: Scale; y: Scale; range: [number, number]; domain: [number, number]; left: number; width: number; height: number; say: (value: number) => string }) {
  return (
    <g className="axes" aria-hidden="true">
      {ticks(range[0], range[1], height / 42).map((one) => (
        <g key={one}>
          <line className="grid" x1={left} x2={width - RIGHT} y1={y(one)} y2={y(one)} />
          <text className="tick" x={left - 6} y={y(one) + 3.5} textAnchor="end">{tick(say(one))}</text>
        </g>
      ))}
      {timeTicks(domain[0], domain[1], width / 96).map((one) => (
        <text key={one} className="tick" x={x(one)} y={height - 5} textAnchor={x(one) > width - 30 ? "end" : "middle"}>
          {axisTime(one, domain[1] - domain[0])}
        </text>
      ))}
      <line className="base" x1={left} x2={width - RIGHT} y1={height - BOTTOM} y2={height - BOTTOM} />
    </g>
  );
}

function LimitLine({ limit, y, left, width }: { limit: Limit; y: Scale; left: number; width: number }) {
  return (
    <g>
      <line className="limit" x1={left} x2={width - RIGHT} y1={y(limit.value)} y2={y(limit.value)} />
      <text className="tick limit-text" x={width - RIGHT - 2} y={y(limit.value) - 4} textAnchor="end">{limit.name}</text>
    </g>
  );
}

function Line({ of, x, y }: { of: Series; x: Scale; y: Scale }) {
  if (of.steps) return <Steps of={of} x={x} y={y} />;
  let path = "";
  let pen = false;
  let band = "";
  const back: string[] = [];
  for (const point of of.points) {
    if (point.value === null) {
      pen = false;
      continue;
    }
    path += `${pen ? "L" : "M"}${x(middleOf(point)).toFixed(1)},${y(point.value).toFixed(1)}`;
    pen = true;
    if (point.low !== null && point.low !== undefined && point.high !== null && point.high !== undefined) {
      band += `${band ? "L" : "M"}${x(middleOf(point)).toFixed(1)},${y(point.high).toFixed(1)}`;
      back.unshift(`L${x(middleOf(point)).toFixed(1)},${y(point.low).toFixed(1)}`);
    }
  }
  const few = of.points.length <= 60;
  return (
    <g className={`series ${of.tone} ${of.dashed ? "dashed" : ""}`}>
      {!few && band && <path className="band" d={`${band}${back.join("")}Z`} />}
      {few && of.points.map((point) => point.value !== null && <Whisker key={point.t} point={point} x={x} y={y} />)}
      <path className="line" d={path} />
      {few && of.points.map((point) => point.value !== null && <circle key={point.t} className="dot" cx={x(middleOf(point))} cy={y(point.value)} r={3} />)}
    </g>
  );
}

/** What held from when to when: no line between. */
function Steps({ of, x, y }: { of: Series; x: Scale; y: Scale }) {
  const path = of.points.map((point) => (point.value === null ? "" : `M${x(point.t).toFixed(1)},${y(point.value).toFixed(1)}H${x(point.until ?? point.t).toFixed(1)}`)).join("");
  return <g className={`series ${of.tone}`}><path className="line steps" d={path} /></g>;
}

function Whisker({ point, x, y }: { point: TimePoint; x: Scale; y: Scale }) {
  if (point.low === null || point.low === undefined || point.high === null || point.high === undefined) return null;
  const at = x(middleOf(point));
  return <line className="whisker" x1={at} x2={at} y1={y(point.low)} y2={y(point.high)} />;
}

function EventMark({ of: { at, events }, closer, height }: { of: Gathered; closer: TimeSeriesProps["closer"]; height: number }) {
  const says = gatheredSays(events);
  const to = leadsTo(events, closer);
  const shape = (
    <g className={`event ${worstTone(events)}`}>
      <line x1={at} x2={at} y1={TOP} y2={height - BOTTOM} />
      {to && <rect className="target" x={at - 12} y={0} width={24} height={24} />}
      <path d={`M${at - 4},${TOP - 8}h8l-4,7z`} />
      <title>{says}</title>
    </g>
  );
  return to ? <Link to={to} aria-label={says} onPointerDown={(press) => press.stopPropagation()}>{shape}</Link> : shape;
}

interface SurfaceProps {
  left: number;
  width: number;
  height: number;
  x: Scale;
  domain: [number, number];
  points: readonly TimePoint[];
  says: string;
  /** Whether something in it can be followed. */
  links: boolean;
  onBrush?: ((from: number, to: number) => void) | undefined;
  children: ReactNode;
}

/** Where one points, drags and uses arrow keys. */
function Surface({ left, width, height, x, domain, points, says, links, onBrush, children }: SurfaceProps) {
  const [cursor, setCursor] = useCursor();
  const [brush, setBrush] = useState<[number, number] | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const timeAt = (event: PointerEvent) => {
    const edge = svg.current?.getBoundingClientRect().left ?? 0;
    const share = (event.clientX - edge - left) / Math.max(1, width - left - RIGHT);
    return domain[0] + Math.max(0, Math.min(1, share)) * (domain[1] - domain[0]);
  };
  const end = () => {
    if (brush && onBrush && Math.abs(x(brush[1]) - x(brush[0])) > 6) onBrush(Math.min(...brush), Math.max(...brush));
    setBrush(null);
  };
  const press = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step || points.length === 0) return;
    event.preventDefault();
    const now = cursor === null ? points.length : points.findIndex((one) => one === pointAt(points, cursor));
    const next = points[Math.max(0, Math.min(points.length - 1, now + step))];
    if (next) setCursor(middleOf(next));
  };
  const shown = cursor !== null && cursor >= domain[0] && cursor <= domain[1];
  return (
    <svg
      ref={svg} className={`mark plot ${onBrush ? "brushes" : ""}`} width={width} height={height} role={links ? "group" : "img"} aria-label={says} tabIndex={0}
      onPointerMove={(event) => { const at = timeAt(event); setCursor(at); if (brush) setBrush([brush[0], at]); }}
      onPointerDown={(event) => { if (onBrush && event.button === 0) { svg.current?.setPointerCapture(event.pointerId); setBrush([timeAt(event), timeAt(event)]); } }}
      onPointerUp={end} onPointerLeave={() => { if (!brush) setCursor(null); }} onBlur={() => setCursor(null)} onKeyDown={press}
    >
      {children}
      {shown && <line className="cursor" x1={x(cursor)} x2={x(cursor)} y1={TOP} y2={height - BOTTOM} />}
      {brush && <rect className="brush" x={x(Math.min(...brush))} width={Math.abs(x(brush[1]) - x(brush[0]))} y={TOP} height={height - TOP - BOTTOM} />}
    </svg>
  );
}
