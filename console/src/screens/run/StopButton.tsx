import { useChange } from "../../api/hooks";
import { Verb } from "../../shell/Verb";
import { toast } from "../../shell/toasts";

export function StopButton({ project, run }: { project: string; run: string }) {
  const change = useChange();
  const stop = () => void change.mutateAsync({ path: `/projects/${project}/runs/${encodeURIComponent(run)}/stop`, body: {} })
    .then(() => toast("It stops: a search takes the best that it has, any other step is gone on with later"), (error: Error) => toast(error.message, { tone: "bad" }));
  return <Verb project={project} needs="operator" className="danger" disabled={change.isPending} onClick={stop}>Stop</Verb>;
}
