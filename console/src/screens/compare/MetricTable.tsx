import type { Compared, Side } from "../../api/types";
import { IntervalMark } from "../../marks/IntervalMark";
import { roomy } from "../../marks/scale";
import { State } from "../../shell/State";
import { Link } from "../../url/Link";
import { count, took, metricName, number, size } from "../../words/format";
import { short } from "./Compare";

interface MetricTableProps {
  data: Compared;
  onFirst: (name: string) => void;
  onRemove: (name: string) => void;
  hrefOf: (side: Side) => string;
}

/** A metric a row, one of them a column; the first is the baseline that the line shows. */
export function MetricTable({ data, onFirst, onRemove, hrefOf }: MetricTableProps) {
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label="Metrics side by side">
      <table>
        <thead>
          <tr>
            <th scope="col">Metric</th>
            {data.sides.map((side, i) => (
              <th key={side.name} scope="col">
                <span className="line-up tight">
                  <Link to={hrefOf(side)} title={side.name}><b>{short(side.name)}</b></Link>
                  {i === 0 ? <span className="tag accent">baseline</span> : <button type="button" className="quiet" onClick={() => onFirst(side.name)}>Pin</button>}
                  {data.sides.length > 2 && <button type="button" className="quiet icon" aria-label={`Leave ${side.name} out`} onClick={() => onRemove(side.name)}>✕</button>}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr><td>Verdict</td>{data.sides.map((side) => <td key={side.name}>{side.verdict ? <State state={side.verdict.state} /> : <State state={side.state} />}</td>)}</tr>
          {data.metrics.map((line) => {
            const domain = roomy(line.values.flatMap((one) => [one?.low, one?.high, one?.value]), 0.08);
            const base = line.values[0]?.value ?? null;
            return (
              <tr key={line.name}>
                <td>{metricName(line.name)}<span className="sub">{line.goal === "max" ? "more" : "less"} is better</span></td>
                {line.values.map((one, i) => <td key={i}>{one ? <span className="line-up tight"><IntervalMark of={one} domain={domain} limit={base} width={110} tone={i === 0 ? "idle" : ""} /><span className="num"><b>{number(one.value)}</b> <span className="faint">{number(one.low, 3)} to {number(one.high, 3)}</span></span></span> : <span className="none">not judged</span>}</td>)}
              </tr>
            );
          })}
          <Row name="Sealed rows" sides={data.sides} say={(side) => count(side.rows)} />
          <Row name="A row takes" sides={data.sides} say={(side) => (side.timings ? `${number(side.timings.row_p50_ms * 1000, 3)} µs` : "–")} />
          <Row name="Size" sides={data.sides} say={(side) => size(side.size_bytes)} />
          <Row name="Took" sides={data.sides} say={(side) => took(side.seconds)} />
        </tbody>
      </table>
    </div>
  );
}

function Row({ name, sides, say }: { name: string; sides: Side[]; say: (side: Side) => string }) {
  return <tr><td>{name}</td>{sides.map((side) => <td key={side.name} className="num">{say(side)}</td>)}</tr>;
}
