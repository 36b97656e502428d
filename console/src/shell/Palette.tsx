import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useGet } from "../api/hooks";
import type { Page, RunRow, VersionRow } from "../api/types";
import { navigate } from "../url/location";
import { middle } from "../words/format";
import { fit } from "./fit";
import { SCREENS, projectPath, toContent } from "./screens";
import { nextTheme } from "./theme";

export interface Entry {
  name: string;
  hint: string;
  run: () => void;
}

function useEntries(project: string | null, projects: string[], open: boolean): Entry[] {
  const inside = open && project ? `/projects/${project}` : null;
  const runs = useGet<Page<RunRow>>(inside && `${inside}/runs?limit=100`);
  const versions = useGet<Page<VersionRow>>(inside && `${inside}/versions?limit=100`);
  return useMemo(() => {
    const go = (to: string) => () => navigate(to);
    const entries: Entry[] = [{ name: "Home", hint: "g h", run: go("/") }];
    for (const one of projects) {
      if (one !== project) entries.push({ name: one, hint: "project", run: go(projectPath(one, "monitoring")) });
    }
    if (project) {
      for (const screen of SCREENS) entries.push({ name: screen.name, hint: `g ${screen.key}`, run: go(projectPath(project, screen.path)) });
      for (const one of versions.data?.items ?? []) {
        entries.push({ name: one.name, hint: `version · ${one.version.verdict}`, run: go(projectPath(project, "versions", one.name)) });
      }
      for (const one of runs.data?.items ?? []) {
        entries.push({ name: one.run.id, hint: `run · ${one.run.state}`, run: go(projectPath(project, "runs", one.run.id)) });
      }
    }
    entries.push({ name: "Settings", hint: "g ,", run: go("/settings") });
    entries.push({ name: "Change theme", hint: "t", run: nextTheme });
    return entries;
  }, [project, projects, runs.data, versions.data]);
}

export function Palette({ project, projects, open, onClose }: { project: string | null; projects: string[]; open: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [asked, setAsked] = useState("");
  const [at, setAt] = useState(0);
  const entries = useEntries(project, projects, open);
  const found = useMemo(() => {
    const scored = entries.map((entry) => ({ entry, score: fit(asked, entry.name) })).filter((one) => one.score !== null);
    if (asked) scored.sort((a, b) => (a.score ?? 0) - (b.score ?? 0));
    return scored.slice(0, 12).map((one) => one.entry);
  }, [entries, asked]);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
    setAsked("");
    setAt(0);
  }, [open]);
  function choose(entry: Entry | undefined) {
    if (!entry) return;
    onClose();
    entry.run();
    toContent();
  }
  function press(event: KeyboardEvent) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setAt((now) => (now + step + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(found[at]);
    }
  }
  return (
    <dialog ref={dialog} className="palette" aria-label="Go to" onClose={onClose} onClick={(e) => e.target === dialog.current && onClose()}>
      <input
        type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={`palette-${at}`}
        aria-label="Go to a screen, a version or a run" placeholder="Go to a screen, a version, a run…" value={asked} autoFocus
        onChange={(event) => { setAsked(event.target.value); setAt(0); }} onKeyDown={press}
      />
      <ul id="palette-list" role="listbox" aria-label="Found">
        {found.map((entry, i) => (
          <li key={`${entry.hint} ${entry.name}`} id={`palette-${i}`} role="option" aria-selected={i === at} onMouseMove={() => setAt(i)} onClick={() => choose(entry)}>
            <span>{middle(entry.name, 56)}</span>
            <span className="hint">{entry.hint}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="empty-line">Nothing is called that.</p>}
    </dialog>
  );
}
