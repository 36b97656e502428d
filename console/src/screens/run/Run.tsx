import { useChange, useGet } from "../../api/hooks";
import type { RunPage } from "../../api/types";
import { Bars } from "../../marks/Bars";
import { Calibration } from "../../marks/Calibration";
import { Async } from "../../shell/Async";
import { CopyText } from "../../shell/CopyText";
import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import { State } from "../../shell/State";
import { Clock } from "../../shell/Time";
import { Verb, VerbLink } from "../../shell/Verb";
import { toast } from "../../shell/toasts";
import { Link } from "../../url/Link";
import { count, middle, milliseconds, plain, share, size, took } from "../../words/format";
import type { ScreenProps } from "../props";
import { BestSoFar } from "./BestSoFar";
import { Front } from "./Front";
import { GoingOn } from "./GoingOn";
import { Pipeline } from "./Pipeline";
import { StopButton } from "./StopButton";
import { Trials } from "./Trials";
import { sentence } from "../../words/spoken";

export function Run({ project, rest: [id = ""] }: ScreenProps) {
  const run = useGet<RunPage>(`/projects/${project}/runs/${encodeURIComponent(id)}`, 5_000);
  return (
    <Async of={run} rows={10}>
      {(page) => {
        const { story } = page;
        return (
          <>
            <PageHead title={`Run ${middle(story.run.id, 40)}`} says={sentence(story.summary) || (page.interrupted ? "interrupted" : story.run.reason || "going on")} cli={`mw runs show ${story.run.id}`} api={`/projects/${project}/runs/${id}`}>
              <VerbLink project={project} needs="admin" to={`${projectPath(project, "spec")}?run=${encodeURIComponent(story.run.id)}`}>Clone into spec</VerbLink>
              {page.going_on && <StopButton project={project} run={story.run.id} />}
            </PageHead>
            {page.interrupted && <Interrupted project={project} page={page} />}
            <div className="stack">
              <Pipeline page={page} />
              {page.going_on && <GoingOn project={project} />}
              <div className="columns">
                <div className="w8 stack">
                  {story.search && <BestSoFar search={story.search} />}
                  {story.search && <Trials search={story.search} />}
                  {story.importance.length > 0 && <Importance of={story.importance} />}
                </div>
                <div className="w4 stack">
                  <About project={project} page={page} />
                  {story.search && <Front search={story.search} />}
                  {story.out_of_fold && story.out_of_fold.calibration.length > 0 && <section className="panel"><Calibration title="Calibration out of fold" summary={`What was said and what came true on ${count(story.out_of_fold.rows)} training rows that its models had not seen.`} curves={[{ name: "out of fold", points: story.out_of_fold.calibration }]} /></section>}
                </div>
              </div>
            </div>
          </>
        );
      }}
    </Async>
  );
}

function Interrupted({ project, page }: { project: string; page: RunPage }) {
  const change = useChange();
  const go = () => void change.mutateAsync({ path: `/projects/${project}/runs`, body: { budget: "" } })
    .then(() => toast("A run begins: it goes on here where the spec is the same", { tone: "good" }), (error: Error) => toast(error.message, { tone: "bad" }));
  const last = page.steps.at(-1)?.name;
  const ofLoop = page.story.run.id.startsWith("retrain-");
  return (
    <p className="strip warn">
      <span><b>Interrupted{last ? ` after ${last}` : ""}.</b> What it has done is kept: {ofLoop ? "the steward goes on with it when it looks next" : "the next run of the same spec goes on there"}.</span>
      {!ofLoop && <Verb project={project} needs="operator" disabled={change.isPending} onClick={go}>Go on</Verb>}
    </p>
  );
}

export function Importance({ of, most = 15 }: { of: [string, number][]; most?: number }) {
  const sorted = [...of].sort((a, b) => b[1] - a[1]);
  const shown = sorted.slice(0, most);
  const first = shown[0];
  return (
    <section className="panel">
      <Bars title="What the model looks at" summary={first ? `${first[0]} counts most, with ${share(first[1])} of it.` : ""} bars={shown.map(([name, value]) => ({ name, value }))} say={(value) => share(value)} note={sorted.length > most ? `${most} of ${sorted.length} features` : undefined} />
    </section>
  );
}

function About({ project, page: { story, seconds, interrupted } }: { project: string; page: RunPage }) {
  const { run, split, timings } = story;
  return (
    <section className="panel">
      <dl className="facts">
        <dt>State</dt><dd>{interrupted ? <State state="interrupted" tone="warn" /> : <State state={run.state} />}</dd>
        {story.verdict && <><dt>Verdict</dt><dd><State state={story.verdict} /></dd></>}
        {story.version && <><dt>Version</dt><dd><Link to={projectPath(project, "versions", story.version)}>{story.version}</Link></dd></>}
        <dt>Made by</dt><dd>{story.made_by ? plain(story.made_by) : "–"}</dd>
        <dt>Began</dt><dd><Clock at={run.started_at} /></dd>
        <dt>Took</dt><dd>{interrupted ? "–" : took(seconds)}</dd>
        <dt>Rows as of</dt><dd><Clock at={run.as_of} /></dd>
        <dt>By</dt><dd>{run.actor}</dd>
        {split && <><dt>Split</dt><dd>by {split.method}, {split.folds} folds<span className="sub">{count(split.train)} to learn from, {count(split.holdout)} sealed, {count(split.unused)} not used</span></dd></>}
        {timings && <><dt>A row takes</dt><dd>{milliseconds(timings.row_p50_ms)}<span className="sub">p99 {milliseconds(timings.row_p99_ms)}; {count(timings.batch_rows_per_second)} rows/s in bulk</span></dd></>}
        {story.size !== null && <><dt>Size</dt><dd>{size(story.size)}</dd></>}
        <dt>Spec</dt><dd><CopyText text={run.spec} /></dd>
      </dl>
      {story.note && <p className="fine">{story.note}</p>}
    </section>
  );
}
