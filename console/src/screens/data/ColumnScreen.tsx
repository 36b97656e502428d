import { useGet } from "../../api/hooks";
import type { ColumnPage } from "../../api/types";
import { Bars } from "../../marks/Bars";
import { Histogram } from "../../marks/Histogram";
import { TimeSeries } from "../../marks/TimeSeries";
import { Async } from "../../shell/Async";
import { PageHead } from "../../shell/PageHead";
import { rangeOf } from "./profileColumns";
import { count, day, middle, number, share } from "../../words/format";

export function ColumnScreen({ project, snapshot, column }: { project: string; snapshot: string; column: string }) {
  const path = `/projects/${project}/data/${snapshot}/columns/${encodeURIComponent(column)}`;
  const page = useGet<ColumnPage>(path);
  return (
    <Async of={page}>
      {({ row, profile, periods, hidden }) => (
        <>
          <PageHead title={middle(column, 48)} says={`${row.kind}, ${row.rule?.role ?? "no role"}; ${count(row.missing)} of ${count(row.count)} missing.`} cli="mw check" api={path} />
          {hidden && <p className="strip"><span>Personal data: its values are not shown.</span></p>}
          <div className="columns">
            <div className="w8 stack">
              {row.histogram.length > 0 && <section className="panel"><Histogram title="Distribution" summary={`${rangeOf(row)}${row.kind === "date" ? "" : `, mean ${number(row.mean)}`}.`} {...(row.kind === "date" ? { say: (value: number) => day(value / 1000) } : {})} bins={row.histogram.map(([from, to, n]) => ({ from, to, count: n }))} height={190} /></section>}
              {profile.top.length > 0 && <section className="panel"><Bars title="Levels" summary={`${profile.top[0]?.[0]} is the commonest, ${share((profile.top[0]?.[1] ?? 0) / Math.max(1, row.count))} of the rows.`} bars={profile.top.slice(0, 30).map(([name, value]) => ({ name: name || "(empty)", value }))} say={(value) => count(value)} note={profile.other ? `${count(profile.other)} rows have other levels` : undefined} /></section>}
              <Periods periods={periods} kind={row.kind} />
            </div>
            <section className="panel w4">
              <dl className="facts">
                <dt>Rows</dt><dd>{count(row.count)}</dd>
                <dt>Missing</dt><dd>{count(row.missing)} ({share(row.missing / Math.max(1, row.count))})</dd>
                <dt>Distinct</dt><dd>{count(row.distinct)}</dd>
                {row.mean !== null && row.kind !== "date" && <><dt>Mean</dt><dd>{number(row.mean)} ± {number(row.sd)}</dd></>}
                {row.minimum !== null && <><dt>Range</dt><dd>{rangeOf(row)}</dd></>}
                {row.rule && <><dt>Contract</dt><dd>{row.rule.nullable ? "may be missing" : "never missing"}{row.rule.levels ? `, ${row.rule.levels.length} levels` : ""}{row.rule.minimum !== null ? `, ${rangeOf({ kind: row.kind, minimum: row.rule.minimum, maximum: row.rule.maximum })}` : ""}</dd></>}
                <dt>Violations</dt><dd>{profile.violations.length ? profile.violations.map(([rule, n]) => `${rule}: ${count(n)}`).join(", ") : "none"}</dd>
              </dl>
            </section>
          </div>
        </>
      )}
    </Async>
  );
}

function Periods({ periods, kind }: { periods: Record<string, unknown>[]; kind: string }) {
  const at = (one: Record<string, unknown>) => new Date(String(one["period"] ?? "")).getTime();
  const known = periods.filter((one) => Number.isFinite(at(one)));
  if (known.length < 2) return null;
  const of = (name: string) => known.map((one) => ({ t: at(one), value: typeof one[name] === "number" ? (one[name] as number) : null, n: typeof one["rows"] === "number" ? (one["rows"] as number) : null }));
  const mean = of("mean");
  const missing = of("missing").map((one) => ({ ...one, value: one.value === null || !one.n ? null : one.value / one.n }));
  return (
    <section className="panel stack">
      {kind !== "date" && mean.some((one) => one.value !== null) && <TimeSeries title="Mean by period" summary={`${number(mean[0]?.value)} at first, ${number(mean.at(-1)?.value)} at last.`} series={[{ name: "mean", points: mean, tone: "a" }]} height={130} />}
      <TimeSeries title="Missing by period" summary={`${share(missing.at(-1)?.value ?? null)} at last.`} series={[{ name: "missing", points: missing, tone: "a" }]} say={(value) => share(value)} zero height={110} />
    </section>
  );
}
