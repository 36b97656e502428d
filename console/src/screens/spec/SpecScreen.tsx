import type { ScreenProps } from "../props";
export function SpecScreen({ project }: ScreenProps) { return <p>{project}</p>; }
