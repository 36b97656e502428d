import { useEffect, useRef, useState, type FormEvent } from "react";
import { apiUrl } from "../../api/client";
import { useChange, useGet } from "../../api/hooks";
import type { Me, Page, Person, Role } from "../../api/types";
import { Async, Failure } from "../../shell/Async";
import { State } from "../../shell/State";
import { Day } from "../../shell/Time";
import { copy } from "../../shell/toasts";
import { Table, type Column } from "../../table/Table";
import { RoleSelect } from "./RoleSelect";

interface LetIn {
  person: Person;
  path: string;
  ends_at: string;
}

export function People({ me }: { me: Me }) {
  const people = useGet<Page<Person>>("/users?limit=200");
  const change = useChange<LetIn>();
  const [leaving, setLeaving] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [project, setProject] = useState("*");
  const link = change.data?.path ? new URL(change.data.path, apiUrl("/")).href : "";
  function send(event: FormEvent) {
    event.preventDefault();
    change.mutate({ path: "/users", body: { name, grants: [{ project, role }] } }, { onSuccess: () => setName("") });
  }
  const columns: Column<Person>[] = [
    { id: "name", head: "Name", cell: (one) => <b>{one.name}</b> },
    { id: "roles", head: "Is", cell: (one) => one.grants.map((grant) => <span key={grant.project} className="tag spaced">{grant.role} of {grant.project === "*" ? "all" : grant.project}</span>) },
    { id: "password", head: "Password", narrow: false, cell: (one) => (one.has_password ? "set" : <span className="none">not yet</span>) },
    { id: "since", head: "Since", cell: (one) => <Day at={one.created_at} /> },
    { id: "state", head: "State", cell: (one) => <State state={one.ended_at ? "ended" : "active"} /> },
    { id: "do", head: <span className="hidden">Actions</span>, cell: (one) => (one.ended_at || one.name === me.user ? null : <span className="line-up tight"><button type="button" className="quiet" onClick={() => change.mutate({ path: `/users/${encodeURIComponent(one.name)}/link` })}>New link</button><button type="button" className="quiet" onClick={() => setLeaving(one.name)}>Send away</button></span>) },
  ];
  return (
    <section className="panel">
      <header><h2>People</h2><p>no default password: everybody comes in first by a one-time link</p></header>
      <form className="line-up" onSubmit={send}>
        <label className="field"><span>Name</span><input value={name} onChange={(event) => setName(event.target.value)} required /></label>
        <label className="field"><span>In</span><select value={project} onChange={(event) => setProject(event.target.value)}><option value="*">all projects</option>{me.roles.map((one) => <option key={one.project}>{one.project}</option>)}</select></label>
        <label className="field"><span>As</span><RoleSelect value={role} onChange={setRole} /></label>
        <button type="submit" className="primary low" disabled={!name || change.isPending}>Let in</button>
      </form>
      {link && <p className="strip good above" role="status"><span>Give {change.data?.person.name} this link; it works once. <code className="wrap">{link}</code></span><button type="button" onClick={() => void copy(link, "Link")}>Copy</button></p>}
      {leaving && <SendAway name={leaving} onClose={() => setLeaving("")} onYes={() => change.mutate({ method: "DELETE", path: `/users/${encodeURIComponent(leaving)}` })} />}
      {change.error && <Failure error={change.error} />}
      <div className="above"><Async of={people} rows={3}>{(page) => <Table caption="People" rows={page.items} columns={columns} rowKey={(one) => one.name} />}</Async></div>
    </section>
  );
}

function SendAway({ name, onYes, onClose }: { name: string; onYes: () => void; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="away-title" onClose={onClose}>
      <div className="form">
        <h2 id="away-title">Send {name} away?</h2>
        <p className="soft">Sessions, links and keys end at once. The name is given to nobody else, since the audit speaks of it.</p>
        <div className="line-up"><button type="button" autoFocus onClick={onClose}>Leave it</button><button type="button" className="primary danger" onClick={() => { onYes(); onClose(); }}>Send {name} away</button></div>
      </div>
    </dialog>
  );
}
