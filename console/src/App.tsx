import { useEffect, type ComponentType } from "react";
import { setCsrf } from "./api/client";
import { useGet } from "./api/hooks";
import type { Me } from "./api/types";
import { Compare } from "./screens/compare/Compare";
import { Data } from "./screens/data/Data";
import { Home } from "./screens/home/Home";
import { Log } from "./screens/log/Log";
import { Monitoring } from "./screens/monitoring/Monitoring";
import type { ScreenProps } from "./screens/props";
import { Rehearsals } from "./screens/rehearsal/Rehearsals";
import { Rollout } from "./screens/rollout/Rollout";
import { Run } from "./screens/run/Run";
import { Runs } from "./screens/runs/Runs";
import { Settings } from "./screens/settings/Settings";
import { SignIn } from "./screens/signin/SignIn";
import { SpecScreen } from "./screens/spec/SpecScreen";
import { Version } from "./screens/version/Version";
import { Versions } from "./screens/version/Versions";
import { Empty, Failure, Skeleton } from "./shell/Async";
import { Boundary } from "./shell/Boundary";
import { PageHead } from "./shell/PageHead";
import { projectPath } from "./shell/screens";
import { Shell } from "./shell/Shell";
import { Toasts } from "./shell/toasts";
import { Link } from "./url/Link";
import { decoded, usePlace } from "./url/location";

const SCREENS: Record<string, ComponentType<ScreenProps>> = {
  monitoring: Monitoring,
  rollout: Rollout,
  log: Log,
  spec: SpecScreen,
  data: Data,
  runs: (props) => (props.rest.length ? <Run {...props} /> : <Runs {...props} />),
  compare: Compare,
  versions: (props) => (props.rest.length ? <Version {...props} /> : <Versions {...props} />),
  rehearsals: Rehearsals,
};

export function App() {
  const { path } = usePlace();
  const me = useGet<Me>("/me");
  useEffect(() => setCsrf(me.data?.csrf ?? ""), [me.data]);
  if (me.error?.status === 401 || path === "/sign-in") return <><SignIn signedIn={me.data !== undefined} /><Toasts /></>;
  if (me.error && !me.data) return <main className="alone"><Failure error={me.error} again={() => void me.refetch()} /></main>;
  if (!me.data) return <main className="alone"><Skeleton rows={4} /></main>;
  setCsrf(me.data.csrf);
  return <><Signed me={me.data} path={path} /><Toasts /></>;
}

function Signed({ me, path }: { me: Me; path: string }) {
  const parts = path.split("/").filter(Boolean).map(decoded);
  const [first = "", project = "", screen = "", ...rest] = parts;
  const known = me.roles.some((one) => one.project === project);
  const isProject = first === "projects" && known && screen in SCREENS;
  const name = parts.length === 0 ? "home" : isProject ? screen : first;
  return (
    <Shell project={isProject ? project : null} screen={name} me={me}>
      <Boundary of={path}>
        {name === "home" && <Home />}
        {name === "settings" && <Settings me={me} rest={parts.slice(1)} />}
        {isProject && <ProjectScreen key={`${project} ${screen} ${rest.join("/")}`} project={project} screen={screen} rest={rest} />}
        {!isProject && name !== "home" && name !== "settings" && <Nowhere path={path} missing={first === "projects" && !known ? project : ""} projects={me.roles.map((one) => one.project)} />}
      </Boundary>
    </Shell>
  );
}

function ProjectScreen({ project, screen, rest }: ScreenProps & { screen: string }) {
  const Screen = SCREENS[screen];
  return Screen ? <Screen project={project} rest={rest} /> : null;
}

function Nowhere({ path, missing, projects }: { path: string; missing: string; projects: string[] }) {
  return (
    <>
      <PageHead title="There is nothing here" says={missing ? <>There is no project <b className="wrap">{missing}</b>, or you are not let into it.</> : <>No screen has the address <code className="wrap">{path}</code>.</>} />
      <Empty title="Where to go from here">
        <p className="line-up">{projects.slice(0, 12).map((one) => <Link key={one} className="button" to={projectPath(one, "monitoring")}>{one}</Link>)}<Link className="button" to="/">Home</Link></p>
        <p>⌘K or Ctrl K goes anywhere by name.</p>
      </Empty>
    </>
  );
}
