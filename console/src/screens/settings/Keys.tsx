import { useState, type FormEvent } from "react";
import { useChange, useGet } from "../../api/hooks";
import type { KeyRow, Me, Role } from "../../api/types";
import { Async, Empty, Failure } from "../../shell/Async";
import { rank, roleIn } from "../../shell/roles";
import { State } from "../../shell/State";
import { Ago, Day } from "../../shell/Time";
import { copy } from "../../shell/toasts";
import { Table, type Column } from "../../table/Table";
import { RoleSelect } from "./RoleSelect";

export function Keys({ me }: { me: Me }) {
  const keys = useGet<{ items: KeyRow[] }>("/keys");
  const change = useChange<{ text?: string } | null>();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [project, setProject] = useState(me.roles[0]?.project ?? "*");
  const most = (project === "*" ? me.everywhere : roleIn(me, project)) ?? "viewer";
  function send(event: FormEvent) {
    event.preventDefault();
    change.mutate({ path: "/keys", body: { name, project, role: rank(role) > rank(most) ? most : role, days: 90 } }, { onSuccess: () => setName("") });
  }
  const columns: Column<KeyRow>[] = [
    { id: "name", head: "Key", cell: ({ key }) => <b>{key.name}</b> },
    { id: "person", head: "Of", narrow: false, cell: ({ key }) => key.person },
    { id: "role", head: "May", cell: ({ key }) => `${key.role} of ${key.project === "*" ? "all" : key.project}` },
    { id: "state", head: "State", cell: ({ state }) => <State state={state} /> },
    { id: "used", head: "Used", narrow: false, cell: ({ key }) => <Ago at={key.used_at} /> },
    { id: "ends", head: "Ends", narrow: false, cell: ({ key }) => (key.expires_at ? <Day at={key.expires_at} /> : "never") },
    { id: "end", head: <span className="hidden">Actions</span>, cell: ({ key, state }) => (state === "active" ? <button type="button" className="quiet" onClick={() => change.mutate({ method: "DELETE", path: `/keys/${key.id}` })}>Revoke</button> : null) },
  ];
  const text = change.data?.text;
  return (
    <section className="panel">
      <header><h2>Keys for programs</h2><p>for the control plane; those of the data plane: <code>mw keys</code></p></header>
      <form className="line-up" onSubmit={send}>
        <label className="field"><span>Name</span><input value={name} onChange={(event) => setName(event.target.value)} required /></label>
        <label className="field"><span>In</span><select value={project} onChange={(event) => setProject(event.target.value)}>{me.everywhere && <option value="*">all projects</option>}{me.roles.map((one) => <option key={one.project}>{one.project}</option>)}</select></label>
        <label className="field"><span>At most</span><RoleSelect value={rank(role) > rank(most) ? most : role} most={most} onChange={setRole} /></label>
        <button type="submit" className="primary low" disabled={!name || change.isPending}>Make a key</button>
      </form>
      {text && <p className="strip good above" role="status"><span>Shown this once: <code className="wrap">{text}</code></span><button type="button" onClick={() => void copy(text, "Key")}>Copy</button></p>}
      {change.error && <Failure error={change.error} />}
      <div className="above"><Async of={keys} rows={2}>{(data) => (data.items.length === 0 ? <Empty title="No key yet." /> : <Table caption="Keys" rows={data.items} columns={columns} rowKey={({ key }) => key.id} />)}</Async></div>
    </section>
  );
}
