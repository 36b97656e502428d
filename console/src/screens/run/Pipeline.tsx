import type { RunPage } from "../../api/types";
import { duration } from "../../words/format";

const STAGES = ["snapshot", "contract", "profile", "checks", "split", "features", "search", "evaluator", "evaluate", "verdict", "package"];

/** The steps of the run in their order: done, reused, going on, to come. */
export function Pipeline({ page }: { page: RunPage }) {
  const done = new Map(page.steps.map((one) => [one.name, one]));
  const extra = page.steps.map((one) => one.name).filter((name) => !STAGES.includes(name));
  const names = [...STAGES.slice(0, 5), ...extra, ...STAGES.slice(5)].filter((name) => page.going_on || page.interrupted || done.has(name) || page.steps.length === 0);
  const next = names.find((name) => !done.has(name));
  const failed = page.story.run.state === "failed" || page.story.run.state === "refused";
  return (
    <section className="panel">
      <ol className="pipeline" aria-label="Steps of the run">
        {names.map((name) => {
          const step = done.get(name);
          const state = step ? (step.reused ? "reused" : "done") : name === next && page.going_on ? "now" : "next";
          const took = step ? (new Date(step.finished_at).getTime() - new Date(step.started_at).getTime()) / 1000 : null;
          return (
            <li key={name} className={state} aria-current={state === "now" ? "step" : undefined}>
              <b title={name}>{name.split(" ")[0]}</b>
              <span>{step ? (step.reused ? "reused" : took === 0 ? "done" : duration(took)) : state === "now" ? "going on" : "to come"}</span>
            </li>
          );
        })}
        {page.interrupted && <li className="stopped"><b>interrupted</b><span>{next ? `goes on with ${next}` : "goes on"}</span></li>}
        {failed && <li className="stopped"><b>{page.story.run.state}</b><span>{page.story.run.reason.split("\n")[0]}</span></li>}
      </ol>
    </section>
  );
}
