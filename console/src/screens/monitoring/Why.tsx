import { useGet, withQuery } from "../../api/hooks";
import type { Aged, Attribution } from "../../api/types";
import { Forest } from "../../marks/Forest";
import { Async } from "../../shell/Async";
import { metricName, number, plain, signed } from "../../words/format";
import type { Time } from "./useTime";

/** Why a metric is not what it was promised: the change, split into its causes. */
export function Why({ project, time, metric }: { project: string; time: Time; metric: string }) {
  const why = useGet<Aged<Attribution>>(withQuery(`/projects/${project}/why`, { metric, from: time.from, to: time.to }));
  return (
    <div className="why">
      <Async of={why} rows={3} doing="Walking from the rows of before to those of now: some seconds.">
        {({ value }) => (
          <>
            <p><b>{value.sentence || (value.changed ? "It changed." : "Not beyond noise.")}</b> <span className="soft">{metricName(value.metric)} {number(value.before.value)} before, {number(value.now.value)} now: {signed(value.change.value)} ({signed(value.change.low)} to {signed(value.change.high)}).</span></p>
            {value.kinds.length > 0 && <Forest title="By kind of cause" summary={value.leading ? `Most of it: ${plain(value.leading)}.` : "No kind stands out."} limit={0} limitName="no part" say={(one) => signed(one)} rows={value.kinds.map((one) => ({ name: plain(one.kind), text: plain(one.kind), of: one.part }))} />}
            {value.columns.length > 0 && <ul className="reasons">{value.columns.slice(0, 6).map((one, i) => <li key={i}><b>{one.column}</b> <span className="num">{signed(one.part.value)}</span> {one.sentence}</li>)}</ul>}
            {value.cannot.map((one) => <p key={one} className="fine">{one}</p>)}
          </>
        )}
      </Async>
    </div>
  );
}
