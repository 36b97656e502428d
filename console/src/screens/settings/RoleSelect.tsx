import { rank } from "../../shell/roles";
import type { Role } from "../../api/types";

const ROLES: [Role, string][] = [["viewer", "viewer: look"], ["operator", "operator: train, answer alerts"], ["approver", "approver: approve, promote, roll back"], ["admin", "admin: people, keys, spec"]];

export function RoleSelect({ value, onChange, label, most = "admin" }: { value: Role; onChange: (role: Role) => void; label?: string; most?: Role }) {
  return <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value as Role)}>{ROLES.filter(([role]) => rank(role) <= rank(most)).map(([role, says]) => <option key={role} value={role}>{says}</option>)}</select>;
}
