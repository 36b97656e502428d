import { projectPath } from "../../shell/screens";
import { Link } from "../../url/Link";

/** From a chart to the setting that makes it a finding, with a value to begin from. */
export function AlertLink({ project, setting, value, says }: { project: string; setting: string; value: string; says: string }) {
  return <Link className="button quiet" to={`${projectPath(project, "spec")}?set=${encodeURIComponent(`${setting}=${value}`)}`} title={`${says} (${setting} in the spec)`}>Alert…</Link>;
}

/** A limit to begin from: half as much again as the usual, in two figures. */
export function limitFrom(values: readonly (number | null)[]): string {
  const known = values.filter((one): one is number => one !== null && one > 0).sort((a, b) => a - b);
  const usual = known[Math.floor(known.length / 2)] ?? 20;
  return String(Number((usual * 1.5).toPrecision(2)));
}
