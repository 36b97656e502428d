import { useMemo } from "react";
import { useGet } from "../../api/hooks";
import type { SpecDraft, SpecPage } from "../../api/types";
import { changeQuery, useParam } from "../../url/location";
import { counted } from "../../words/format";
import { withSetting } from "./setting";

export interface Draft {
  text: string;
  says: string;
  /** The line that it is about; null: the beginning. */
  line: number | null;
}

/** What another screen proposes to change, by the address: `like` a version, `run`: like a run, `set` a setting (name=value). */
export function useDraft(project: string, page: SpecPage | undefined, mayChange: boolean) {
  const like = useParam("like");
  const run = useParam("run");
  const set = useParam("set");
  const path = like ? `versions/${encodeURIComponent(like)}/spec` : run ? `runs/${encodeURIComponent(run)}/spec` : "";
  const asked = useGet<SpecDraft>(path && mayChange ? `/projects/${project}/${path}` : null);
  const whose = like || run;
  const draft = useMemo(() => (page ? draftOf(page, whose, path ? asked.data : undefined, set) : null), [page?.digest, whose, path, asked.data, set]);
  return { draft, waits: path !== "" && mayChange && asked.isPending, error: path ? asked.error : null, asked: `${whose} ${set}` };
}

export function leaveDraft(): void {
  changeQuery({ like: null, run: null, set: null });
}

function draftOf(page: SpecPage, whose: string, cloned: SpecDraft | undefined, set: string): Draft | null {
  if (cloned) {
    const changed = cloned.changes.length;
    const from = cloned.of || whose;
    return { text: cloned.text, line: null, says: changed ? `The settings of ${from}, as a draft: ${counted(changed, "setting")} would change. Release, watching and alerts stay as they are.` : `The settings of ${whose} are those of now.` };
  }
  const [name = "", value = ""] = set.split(/=(.*)/s);
  if (!/^[a-z_]+\.[a-z_]+$/.test(name)) return null;
  const { text, line } = withSetting(page.text, name, value);
  return { text, line, says: text === page.text ? `${name} is set here already; change it as you need it.` : `A draft: ${name} at ${value}. Say what it should be, and save.` };
}
