import type { ScreenProps } from "../props";
export function Compare({ project }: ScreenProps) { return <p>{project}</p>; }
