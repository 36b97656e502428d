import type { VersionPage } from "../../api/types";
import { CopyText } from "../../shell/CopyText";
import { projectPath } from "../../shell/screens";
import { Clock, Day } from "../../shell/Time";
import { Link } from "../../url/Link";
import { apiUrl } from "../../api/client";
import { Verb } from "../../shell/Verb";
import { count, middle, size } from "../../words/format";

/** Where it comes from, what is in it, and where it has been. */
export function Package({ project, page }: { project: string; page: VersionPage }) {
  const { version } = page;
  const total = page.files.reduce((sum, one) => sum + one.size, 0);
  return (
    <section className="panel">
      <header><h2>Lineage and package</h2><Verb project={project} needs="operator" whyNot={page.signed.ok ? "" : "it is not as it was signed"} title="The signed package as a zip, with its bill of materials" onClick={() => window.location.assign(apiUrl(`/projects/${project}/versions/${page.name}/package`))}>Download</Verb></header>
      <dl className="facts">
        <dt>Run</dt><dd><Link to={projectPath(project, "runs", version.run)}>{middle(version.run, 30)}</Link></dd>
        {page.evaluation && <><dt>Snapshot</dt><dd><Link to={projectPath(project, "data", page.evaluation.snapshot)}>{page.evaluation.snapshot.slice(0, 10)}</Link></dd></>}
        <dt>Made</dt><dd><Clock at={version.created_at} /></dd>
        <dt>Package</dt><dd><CopyText text={version.package} /></dd>
        <dt>Payload</dt><dd><CopyText text={version.payload_digest} /></dd>
        <dt>Signed by</dt><dd>{page.signed.key ? <CopyText text={page.signed.key} /> : "nobody"}</dd>
        <dt>Files</dt><dd>{count(page.files.length)}, {size(total)}</dd>
      </dl>
      <details>
        <summary>Files, each under its digest</summary>
        <ul className="files">{page.files.map((one) => <li key={one.path}><span title={one.path}>{middle(one.path, 30)}</span><span className="faint">{one.part}</span><span className="num">{size(one.size)}</span><CopyText text={one.sha256} /></li>)}</ul>
      </details>
      {page.releases.length > 0 && <details><summary>{count(page.releases.length)} releases with it</summary><ul className="files">{page.releases.map((one) => <li key={one.number}><span>{one.action}</span><span className="faint">{one.actor}</span><Day at={one.event_at} /></li>)}</ul></details>}
    </section>
  );
}
