import { useState } from "react";
import { kept, useKept } from "../../shell/store";
import { changeQuery, currentPlace } from "../../url/location";

const views = kept<Record<string, Record<string, string>>>("views", {});

/** A view is its query under a name: it is kept in this browser, and its link says the same to others. */
export function SavedViews({ of }: { of: string }) {
  const all = useKept(views);
  const mine = all[of] ?? {};
  const [name, setName] = useState<string | null>(null);
  const query = currentPlace().query.toString();
  function keep() {
    if (name?.trim()) views.set({ ...all, [of]: { ...mine, [name.trim()]: query } });
    setName(null);
  }
  function show(text: string) {
    const now = Object.fromEntries([...currentPlace().query.keys()].map((key) => [key, null]));
    changeQuery({ ...now, ...Object.fromEntries(new URLSearchParams(text)) }, "push");
  }
  function drop(key: string) {
    const { [key]: _, ...rest } = mine;
    views.set({ ...all, [of]: rest });
  }
  return (
    <div className="chips" role="group" aria-label="Saved views">
      {Object.entries(mine).map(([key, text]) => (
        <span key={key} className="saved">
          <button type="button" aria-pressed={text === query} onClick={() => show(text)}>{key}</button>
          <button type="button" className="quiet icon" aria-label={`Forget the view ${key}`} onClick={() => drop(key)}>✕</button>
        </span>
      ))}
      {name === null
        ? <button type="button" onClick={() => setName("")}>Save view</button>
        : <input aria-label="Name of the view" autoFocus value={name} placeholder="Name, then Enter" onChange={(e) => setName(e.target.value)} onKeyDown={(e) => { if (e.key === "Enter") keep(); if (e.key === "Escape") setName(null); }} />}
    </div>
  );
}
