import { useGet, withQuery } from "../../api/hooks";
import type { Aged, QualityEstimate } from "../../api/types";
import { Forest } from "../../marks/Forest";
import { Async } from "../../shell/Async";
import { count, metricName, number, plain } from "../../words/format";
import type { Time } from "./useTime";

const NEWEST_MS = 14 * 86_400_000;

/** How good it is likely to be while labels are missing: estimates, each with what it assumes. Never shown as measured. */
export function Estimate({ project, time }: { project: string; time: Time }) {
  const from = new Date(Math.max(time.domain[0], time.domain[1] - NEWEST_MS)).toISOString();
  const told = useGet<Aged<QualityEstimate>>(withQuery(`/projects/${project}/quality/estimate`, { from, to: time.to }));
  return (
    <div className="why">
      <Async of={told} rows={3} doing="Estimating on the newest rows: some seconds.">
        {({ value }) => {
          const name = value.reference[0]?.name ?? "";
          const rows = value.estimators.flatMap((one) => { const found = one.metrics.find((other) => other.name === name); return found ? [{ name: <>{plain(one.name)} {one.name === value.best && <span className="tag accent">first to look at</span>}</>, text: `${plain(one.name)}: ${one.assumes}`, of: found.interval, tone: "idle" }] : []; });
          const reference = value.reference.find((one) => one.name === name);
          return (
            <>
              <p><b>Estimates, not measured.</b> <span className="soft">{count(value.overlap.rows)} rows without complete labels; {value.blind}</span></p>
              {rows.length > 0 && <Forest title={`${metricName(name)}, estimated`} summary={value.overlap.thin || `Held against ${number(reference?.interval.value)} on rows with labels.`} rows={rows} limit={reference?.interval.value ?? null} limitName="with labels" />}
              {value.estimators.filter((one) => one.cannot).map((one) => <p key={one.name} className="fine">{plain(one.name)}: {one.cannot}</p>)}
            </>
          );
        }}
      </Async>
    </div>
  );
}
