import { apiUrl } from "../../api/client";
import { useChange } from "../../api/hooks";
import { copy, toast } from "../../shell/toasts";

/** A link to the report for people who are not signed in, good for thirty days. */
export function Share({ project, version }: { project: string; version: string }) {
  const change = useChange<{ path: string; ends_at: string }>();
  const make = () => change.mutate({ path: `/projects/${project}/versions/${version}/share`, body: { days: 30 } }, {
    onSuccess: ({ path }) => void copy(new URL(path, apiUrl("/")).href, "A link to the report, good for 30 days, is"),
    onError: (error) => toast(error.message, { tone: "bad" }),
  });
  return <button type="button" disabled={change.isPending} onClick={make}>Share report</button>;
}
