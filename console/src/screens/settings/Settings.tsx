import type { Me } from "../../api/types";
import { PageHead } from "../../shell/PageHead";
import { Link } from "../../url/Link";
import { useParam } from "../../url/location";
import { Channels } from "./Channels";
import { Keys } from "./Keys";
import { Members } from "./Members";
import { Password } from "./Password";
import { People } from "./People";
import { Sessions } from "./Sessions";

const TABS: [string, string][] = [["you", "You"], ["people", "People"], ["keys", "Keys"], ["alerts", "Alerts"]];

export function Settings({ me }: { me: Me; rest: string[] }) {
  const asked = useParam("tab", "you");
  const tab = TABS.some(([name]) => name === asked) ? asked : "you";
  return (
    <>
      <PageHead title="Settings" says={`${me.user}${me.everywhere ? `, ${me.everywhere} of all` : ""}${me.roles.length && !me.everywhere ? `: ${me.roles.map((one) => `${one.role} of ${one.project}`).join(", ")}` : ""}.`} api="/me" />
      <nav className="tabs" aria-label="Parts of the settings">{TABS.map(([name, title]) => <Link key={name} to={`/settings?tab=${name}`} aria-current={tab === name ? "page" : undefined}>{title}</Link>)}</nav>
      {tab === "you" && <div className="columns"><div className="w5"><Password me={me} /></div><div className="w7"><Sessions /></div></div>}
      {tab === "people" && <div className="stack">{me.everywhere === "admin" && <People me={me} />}{me.roles.map((one) => <Members key={one.project} project={one.project} mayChange={one.role === "admin"} />)}</div>}
      {tab === "keys" && <Keys me={me} />}
      {tab === "alerts" && <div className="stack">{me.roles.map((one) => <Channels key={one.project} project={one.project} />)}</div>}
    </>
  );
}
