import type { ScreenProps } from "../props";
export function Rehearsals({ project }: ScreenProps) { return <p>{project}</p>; }
