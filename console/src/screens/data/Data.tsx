import type { ScreenProps } from "../props";
import { ColumnScreen } from "./ColumnScreen";
import { Snapshot } from "./Snapshot";
import { SnapshotCompare } from "./SnapshotCompare";
import { Snapshots } from "./Snapshots";

/** data, data/SNAPSHOT, data/SNAPSHOT/COLUMN, data/SNAPSHOT/compare/OTHER */
export function Data({ project, rest }: ScreenProps) {
  const [snapshot, second, third] = rest;
  if (!snapshot) return <Snapshots project={project} />;
  if (second === "compare" && third) return <SnapshotCompare project={project} snapshot={snapshot} other={third} />;
  if (second) return <ColumnScreen project={project} snapshot={snapshot} column={second} />;
  return <Snapshot project={project} snapshot={snapshot} />;
}
