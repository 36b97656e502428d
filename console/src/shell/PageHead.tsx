import { useEffect, type ReactNode } from "react";
import { apiUrl } from "../api/client";
import { copy } from "./toasts";

interface PageHeadProps {
  title: string;
  /** One sentence that says how things stand. */
  says?: ReactNode;
  cli?: string;
  api?: string;
  children?: ReactNode;
}

export function PageHead({ title, says, cli, api, children }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Millwright`;
  }, [title]);
  return (
    <header className="page-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {says && <p className="says">{says}</p>}
      </div>
      <div className="page-tools">
        {children}
        <Twins cli={cli} api={api} />
      </div>
    </header>
  );
}

function Twins({ cli, api }: { cli?: string | undefined; api?: string | undefined }) {
  if (!cli && !api) return null;
  return (
    <div className="twins" role="group" aria-label="The same elsewhere">
      {cli && <button type="button" title={`Copy: ${cli}`} onClick={() => void copy(cli, "Command")}>Copy as CLI</button>}
      {api && (
        <button type="button" title={`Copy a request for ${api}`} onClick={() => void copy(`curl -H "Authorization: Bearer $MILLWRIGHT_KEY" '${apiUrl(api)}'`, "Request")}>
          Copy as API
        </button>
      )}
      {api && <a href={apiUrl(api)} target="_blank" rel="noreferrer">.json</a>}
    </div>
  );
}
