/** Who may what: the roles in their order, each may do what those before it may. The control plane checks the same. */
import { useGet } from "../api/hooks";
import type { Me, Role } from "../api/types";

export const ROLES: readonly Role[] = ["viewer", "operator", "approver", "admin"];

export function rank(role: Role | null | undefined): number {
  return role ? ROLES.indexOf(role) + 1 : 0;
}

/** What somebody is in a project. */
export function roleIn(me: Me | undefined, project: string): Role | null {
  return me?.roles.find((one) => one.project === project)?.role ?? null;
}

/** Why a role may not do what needs another; empty where it may. */
export function lesser(role: Role | null, needs: Role, project: string): string {
  if (rank(role) >= rank(needs)) return "";
  return `It needs the role ${needs}; you are ${role ?? "nothing"} of ${project}.`;
}

/** Why whoever looks may not do it; empty where they may. */
export function useMayNot(project: string, needs: Role): string {
  const me = useGet<Me>("/me");
  return me.data ? lesser(roleIn(me.data, project), needs, project) : "";
}
