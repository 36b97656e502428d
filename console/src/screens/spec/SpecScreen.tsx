import { useGet } from "../../api/hooks";
import type { Me, SpecPage } from "../../api/types";
import { Async, Skeleton } from "../../shell/Async";
import { PageHead } from "../../shell/PageHead";
import { roleIn } from "../../shell/roles";
import { counted } from "../../words/format";
import type { ScreenProps } from "../props";
import { Editor } from "./Editor";
import { Outline } from "./Outline";
import { leaveDraft, useDraft } from "./useDraft";

export function SpecScreen({ project }: ScreenProps) {
  const path = `/projects/${project}/spec`;
  const spec = useGet<SpecPage>(path);
  const me = useGet<Me>("/me");
  const role = roleIn(me.data, project);
  const { draft, waits, error, asked } = useDraft(project, spec.data, role === "admin");
  return (
    <Async of={spec} rows={12}>
      {(page) => (
        <>
          <PageHead title="Project and spec" says={says(page)} cli="mw plan" api={path} />
          {!page.in_force && <p className="strip bad" role="alert"><span><b>Not in force.</b> The file has mistakes, so the spec of before counts.</span></p>}
          {draft && role === "admin" && <p className="strip" role="status"><span>{draft.says}</span><button type="button" onClick={leaveDraft}>Leave the draft</button></p>}
          {error && <p className="strip bad" role="alert"><span><b>No draft.</b> {error.refusal.message}. {error.refusal.fix}</span><button type="button" onClick={leaveDraft}>Leave it</button></p>}
          {waits ? <Skeleton rows={12} doing="Making the draft" /> : <Editor key={asked} project={project} page={page} mayChange={role === "admin"} draft={role === "admin" ? draft : null} />}
          {page.parsed && <Outline parsed={page.parsed} />}
        </>
      )}
    </Async>
  );
}

function says(page: SpecPage): string {
  const lines = page.text.split("\n").length;
  return page.marks.length ? `${page.name}: ${counted(page.marks.length, "mistake")}.` : `${page.name}: ${lines} lines, no mistake.`;
}
