import { useGet } from "../../api/hooks";
import type { Training } from "../../api/types";
import { Link } from "../../url/Link";
import { howFar, progressOf, stillTakes, tail } from "./progress";

const EVERY_MS = 3_000;
const LINES = 8;

function useTraining(project: string): Training | undefined {
  return useGet<Training>(`/projects/${project}/training`, EVERY_MS).data;
}

/** The run that was begun from here: how far it is, how long it still takes, and what it said. */
export function GoingOn({ project }: { project: string }) {
  const training = useTraining(project);
  const lines = progressOf(training?.progress ?? []);
  const now = lines.at(-1);
  if (!training?.running || !now) return <section className="panel"><p className="soft">It goes on. How far it is, is told where it was begun: a shell, or the steward's log.</p></section>;
  return (
    <section className="panel" aria-label="Going on">
      <header><h2><span role="status">{howFar(now)}</span></h2><p>{stillTakes(now)}</p></header>
      <pre className="tail" role="log" aria-live="off" tabIndex={0} aria-label="What it said">{tail(lines, LINES).join("\n")}</pre>
    </section>
  );
}

/** In the list of runs: the run that was begun from here, while it goes on and where it ended before it had a number. */
export function Begun({ project, newest, to }: { project: string; newest: string | undefined; to: string | null }) {
  const training = useTraining(project);
  if (!training?.started_at) return null;
  const now = progressOf(training.progress).at(-1);
  if (training.running) return <p className="strip"><span><b>A run goes on</b>{now ? `, ${howFar(now)}${stillTakes(now) ? `; ${stillTakes(now)}` : ""}.` : ": it begins."}</span>{to && <Link className="button" to={to}>Watch it</Link>}</p>;
  const ended = training.ended as { message?: string; hint?: string } | null;
  if (!ended || (newest && newest >= training.started_at)) return null;
  return <p className="strip bad" role="alert"><span><b>The run that was begun here never got a number.</b> {ended.message}{ended.hint ? `. ${ended.hint}` : ""}</span></p>;
}
