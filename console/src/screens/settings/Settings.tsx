import type { Me } from "../../api/types";
export function Settings({ me }: { me: Me; rest: string[] }) { return <p>{me.user}</p>; }
