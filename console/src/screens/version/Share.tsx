import { useEffect, useRef, useState, type FormEvent } from "react";
import { apiUrl } from "../../api/client";
import { useChange } from "../../api/hooks";
import { Failure } from "../../shell/Async";
import { Verb } from "../../shell/Verb";
import { copy } from "../../shell/toasts";
import { day } from "../../words/format";

const DAYS: [number, string][] = [[1, "a day"], [7, "a week"], [30, "30 days"], [90, "90 days"], [365, "a year"]];

const PAGES = { report: "the report", card: "the model card" } as const;
type Page = keyof typeof PAGES;

/** A link to the report, or to the model card, for people who are not signed in, good for as long as is said. */
export function Share({ project, version }: { project: string; version: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Verb project={project} needs="operator" onClick={() => setOpen(true)}>Share…</Verb>
      {open && <ShareDialog project={project} version={version} onClose={() => setOpen(false)} />}
    </>
  );
}

function ShareDialog({ project, version, onClose }: { project: string; version: string; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const change = useChange<{ path: string; ends_at: string }>();
  const [days, setDays] = useState(30);
  const [page, setPage] = useState<Page>("report");
  useEffect(() => dialog.current?.showModal(), []);
  const link = change.data ? new URL(change.data.path, apiUrl("/")).href : "";
  function send(event: FormEvent) {
    event.preventDefault();
    change.mutate({ path: `/projects/${project}/versions/${version}/share`, body: { days, page } });
  }
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="share-title" onClose={onClose}>
      <form className="form" onSubmit={send}>
        <h2 id="share-title">Share {PAGES[page]} of {version}</h2>
        <p className="soft">Whoever has the link sees this page, and nothing else; they need not sign in.</p>
        <label className="field"><span>What</span><select value={page} onChange={(event) => setPage(event.target.value as Page)}>{Object.entries(PAGES).map(([value, says]) => <option key={value} value={value}>{says}</option>)}</select></label>
        <label className="field"><span>For how long</span><select value={days} onChange={(event) => setDays(Number(event.target.value))} autoFocus>{DAYS.map(([value, says]) => <option key={value} value={value}>{says}</option>)}</select></label>
        {change.data && <div className="strip good" role="status"><span>Good until {day(change.data.ends_at)}: <a className="wrap" href={link} target="_blank" rel="noreferrer">{link}</a></span><button type="button" onClick={() => void copy(link, "Link")}>Copy</button></div>}
        {change.error && <Failure error={change.error} />}
        <div className="line-up"><button type="button" onClick={onClose}>Close</button><button type="submit" className="primary" disabled={change.isPending}>Make a link</button></div>
      </form>
    </dialog>
  );
}
