import { useChange, useGet } from "../../api/hooks";
import type { Role } from "../../api/types";
import { Async, Failure } from "../../shell/Async";
import { Table, type Column } from "../../table/Table";
import { RoleSelect } from "./RoleSelect";

interface Member {
  name: string;
  role: Role;
  by: "project" | "everywhere";
}

export function Members({ project, mayChange }: { project: string; mayChange: boolean }) {
  const path = `/projects/${project}/people`;
  const members = useGet<{ items: Member[] }>(path);
  const change = useChange();
  const columns: Column<Member>[] = [
    { id: "name", head: "Name", cell: (one) => <b>{one.name}</b> },
    { id: "role", head: "Role", cell: (one) => (mayChange ? <RoleSelect label={`Role of ${one.name}`} value={one.role} onChange={(role) => change.mutate({ method: "PUT", path, body: { name: one.name, role } })} /> : one.role) },
    { id: "by", head: "Given", cell: (one) => (one.by === "project" ? "here" : "everywhere") },
  ];
  return (
    <section className="panel flush">
      <header><h2>{project}</h2></header>
      {change.error && <Failure error={change.error} />}
      <Async of={members} rows={2}>{(data) => <Table caption={`People of ${project}`} rows={data.items} columns={columns} rowKey={(one) => one.name} />}</Async>
    </section>
  );
}
