/** The screens of a project: one list for the navigation, the shortcuts and the palette. */
export interface ScreenEntry {
  name: string;
  path: string;
  key: string;
  group: "Watch" | "Build" | "Account";
}

export const SCREENS: readonly ScreenEntry[] = [
  { name: "Monitoring", path: "monitoring", key: "m", group: "Watch" },
  { name: "Rollout", path: "rollout", key: "o", group: "Watch" },
  { name: "Log and audit", path: "log", key: "l", group: "Watch" },
  { name: "Project and spec", path: "spec", key: "s", group: "Build" },
  { name: "Data and contract", path: "data", key: "d", group: "Build" },
  { name: "Runs", path: "runs", key: "r", group: "Build" },
  { name: "Compare", path: "compare", key: "c", group: "Build" },
  { name: "Model versions", path: "versions", key: "v", group: "Build" },
  { name: "Rehearsals", path: "rehearsals", key: "e", group: "Build" },
];

export function projectPath(project: string, ...rest: string[]): string {
  return ["/projects", project, ...rest].map((part, i) => (i === 0 ? part : encodeURIComponent(part))).join("/");
}

/** A time, to the minute, as the address says it. */
export function spanQuery(from: number, to: number): string {
  const minute = (at: number) => new Date(at).toISOString().slice(0, 16);
  return `from=${minute(from)}&to=${minute(to)}`;
}

export function decisionsOf(project: string, from: number, to: number): string {
  return `${projectPath(project, "log")}?tab=decisions&${spanQuery(from, to)}`;
}

/** Who goes somewhere by keyboard goes on from the content: the next Tab is its first link. */
export function toContent(): void {
  document.getElementById("main")?.focus({ preventScroll: true });
}
