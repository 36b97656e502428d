import { useGet, withQuery } from "../../api/hooks";
import type { Bias, QualityOverTime, Volume } from "../../api/types";
import { Forest } from "../../marks/Forest";
import { Async } from "../../shell/Async";
import { changeQuery, useParam } from "../../url/location";
import { metricName, middle, number, share, toldApart } from "../../words/format";
import { AlertLink } from "./AlertLink";
import type { Time } from "./useTime";

export function BiasPanel({ project, time }: { project: string; time: Time }) {
  const by = useParam("by");
  const volume = useGet<Volume>(withQuery(`/projects/${project}/volume`, { from: time.from, to: time.to }));
  const asked = (volume.data?.total ?? 0) > 0;
  const bias = useGet<Bias>(!asked ? null : withQuery(`/projects/${project}/bias`, { by, from: time.from, to: time.to }));
  return (
    <section className="panel">
      <header><h2>By group</h2></header>
      {volume.data?.total === 0 ? <p className="soft">Nothing was answered in this time.</p> : <Async of={bias} rows={4} doing="Judging each group on its labelled rows: some seconds.">
        {(data) => (
          <>
            <div className="list-tools"><div className="chips" role="group" aria-label="Column">{data.columns.slice(0, 8).map((one) => <button key={one} type="button" aria-pressed={one === data.by} title={one} onClick={() => changeQuery({ by: one })}>{middle(toldApart(data.columns)(one), 36)}</button>)}</div>{data.by && <><span className="grow" /><AlertLink project={project} setting="watch.slices" value={`[${JSON.stringify(data.by)}]`} says={`Be told when a group of ${data.by} does worse or asks otherwise`} /></>}</div>
            {data.groups ? <Groups data={data.groups.value} by={data.by ?? ""} /> : <p className="soft">No column is watched by group. Name some under <code>watch.slices</code>.</p>}
          </>
        )}
      </Async>}
    </section>
  );
}

function Groups({ data, by }: { data: QualityOverTime; by: string }) {
  const metric = data.parts.find((one) => one.metrics.length)?.metrics[0];
  const judged = data.parts.filter((one) => one.metrics.length);
  const acts = data.parts.filter((one) => one.acts);
  if (!metric && acts.length === 0) return <p className="soft">{data.parts[0]?.cannot || "No labels of these groups are complete yet."}</p>;
  const goal = metric?.goal === "min" ? 1 : -1;
  const rows = judged.flatMap((one) => { const found = one.metrics.find((other) => other.name === metric?.name); return found ? [{ name: one.part || "(empty)", text: one.part || "(empty)", of: found.interval }] : []; });
  rows.sort((a, b) => goal * ((b.of.value ?? 0) - (a.of.value ?? 0)));
  return (
    <div className="stack">
      {metric && <Forest title={metricName(metric.name)} summary={`${by} ${rows[0]?.text ?? ""} does worst; ${metric.goal === "max" ? "more" : "less"} is better.`} rows={rows.slice(0, 16)} say={(value) => number(value, 3)} note={rows.length > 16 ? `16 of ${rows.length} groups` : undefined} />}
      {acts.length > 0 && <Forest title="How often it is decided to act" summary="The share of each group that is acted on; it needs no labels." rows={acts.slice(0, 16).map((one) => ({ name: one.part || "(empty)", text: one.part || "(empty)", of: one.acts ?? { value: null, low: null, high: null } }))} say={(value) => share(value)} />}
    </div>
  );
}
