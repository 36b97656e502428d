import { projectPath } from "../../shell/screens";
import { VerbLink } from "../../shell/Verb";

/** From a chart to the setting that makes it a finding, with a value to begin from. */
export function AlertLink({ project, setting, value, says }: { project: string; setting: string; value: string; says: string }) {
  return <VerbLink project={project} needs="admin" className="quiet" to={`${projectPath(project, "spec")}?set=${encodeURIComponent(`${setting}=${value}`)}`} title={`${says} (${setting} in the spec)`}>Alert…</VerbLink>;
}

/** A limit to begin from: half as much again as the usual, in two figures. */
export function limitFrom(values: readonly (number | null)[]): string {
  const known = values.filter((one): one is number => one !== null && one > 0).sort((a, b) => a - b);
  const usual = known[Math.floor(known.length / 2)] ?? 20;
  return String(Number((usual * 1.5).toPrecision(2)));
}
