import { useState, type ReactNode } from "react";
import { useLive, type Live } from "../api/live";
import type { Me } from "../api/types";
import { Link } from "../url/Link";
import { decoded, navigate, usePlace } from "../url/location";
import { ago, shortId } from "../words/format";
import { useKeys } from "./keys";
import { Palette } from "./Palette";
import { SCREENS, projectPath, toContent } from "./screens";
import { Shortcuts } from "./Shortcuts";
import { nextTheme, useTheme } from "./theme";
import { TimeRange } from "./TimeRange";
import { useTick } from "./useTick";

const WITH_TIME = ["monitoring", "log", "runs"];

interface ShellProps {
  project: string | null;
  screen: string;
  me: Me;
  children: ReactNode;
}

export function Shell({ project, screen, me, children }: ShellProps) {
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const [menu, setMenu] = useState(false);
  const live = useLive(project);
  const { path } = usePlace();
  const projects = me.roles.map((one) => one.project);
  const here = project ?? projects[0] ?? null;
  const goto = Object.fromEntries(SCREENS.map((one) => [`g ${one.key}`, () => { if (here) goTo(projectPath(here, one.path)); }]));
  useKeys({
    "mod+k": () => setPalette(true), "?": () => setHelp(true), t: nextTheme, "g h": () => goTo("/"), "g ,": () => goTo("/settings"),
    "/": () => document.querySelector<HTMLInputElement>("input[type=search]")?.focus(),
    Escape: () => goUp(path), ...goto,
  });
  return (
    <>
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); toContent(); }}>To the content</a>
      <div className={menu ? "shell menu-open" : "shell"}>
        <Rail project={here} projects={projects} screen={screen} me={me} onGo={() => setMenu(false)} />
        <div className="stage">
          <header className="topbar">
            <button type="button" className="quiet menu-button" aria-expanded={menu} onClick={() => setMenu(!menu)}>☰<span className="hidden">Menu</span></button>
            <Crumbs project={project} path={path} />
            <span className="grow" />
            {project && WITH_TIME.includes(screen) && <TimeRange />}
            {project && <Age live={live} />}
            <button type="button" className="find" onClick={() => setPalette(true)}><span>Go to…</span> <kbd>⌘K</kbd></button>
            <ThemeButton />
            <button type="button" className="quiet icon" aria-label="Shortcuts" onClick={() => setHelp(true)}>?</button>
          </header>
          <main id="main" tabIndex={-1}>{children}</main>
        </div>
      </div>
      <Palette project={here} projects={projects} open={palette} onClose={() => setPalette(false)} />
      <Shortcuts open={help} onClose={() => setHelp(false)} />
    </>
  );
}

function goTo(place: string): void {
  navigate(place);
  toContent();
}

function goUp(path: string): void {
  const parts = path.split("/").filter(Boolean);
  if (parts.length > 3) navigate(`/${parts.slice(0, 3).join("/")}`);
  else if (parts.length > 0) navigate("/");
}

function Rail({ project, projects, screen, me, onGo }: { project: string | null; projects: string[]; screen: string; me: Me; onGo: () => void }) {
  return (
    <nav className="rail" aria-label="Screens" onClick={onGo}>
      <Link to="/" className="brand" aria-label="Home of Millwright">
        <Mark /> Millwright
      </Link>
      <Link to="/" className="rail-link" aria-current={screen === "home" ? "page" : undefined}>Home</Link>
      {project && (
        <>
          <div className="rail-project">
            {projects.length > 1 ? (
              <label>
                <span className="hidden">Project</span>
                <select value={project} onClick={(event) => event.stopPropagation()} onChange={(event) => navigate(projectPath(event.target.value, screen === "home" || screen === "settings" ? "monitoring" : screen))}>
                  {projects.map((one) => <option key={one}>{one}</option>)}
                </select>
              </label>
            ) : <span title={project}>{project}</span>}
          </div>
          {(["Watch", "Build"] as const).map((group) => (
            <div key={group} className="rail-group">
              <span className="rail-name">{group}</span>
              {SCREENS.filter((one) => one.group === group).map((one) => (
                <Link key={one.path} to={projectPath(project, one.path)} className="rail-link" aria-current={screen === one.path ? "page" : undefined}>{one.name}</Link>
              ))}
            </div>
          ))}
        </>
      )}
      <span className="grow" />
      <Link to="/settings" className="rail-link" aria-current={screen === "settings" ? "page" : undefined}>Settings</Link>
      <p className="rail-foot">{me.user} · {me.version}</p>
    </nav>
  );
}

export function Mark() {
  return (
    <svg className="brand-mark" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
      <rect width="24" height="24" rx="5" />
      <path d="M5 17V7l7 7 7-7v10" />
    </svg>
  );
}

function Crumbs({ project, path }: { project: string | null; path: string }) {
  if (!project) return <span className="crumbs">All projects</span>;
  const [, , screen = "", ...rest] = path.split("/").filter(Boolean).map(decoded);
  const name = SCREENS.find((one) => one.path === screen)?.name ?? screen;
  return (
    <nav className="crumbs" aria-label="Where you are">
      <Link to={projectPath(project, "monitoring")}>{project}</Link>
      <span aria-hidden="true">/</span>
      {rest.length ? <Link to={projectPath(project, screen)}>{name}</Link> : <span>{name}</span>}
      {rest.map((one) => <span key={one} className="crumb-end" title={one}><span aria-hidden="true">/</span> {shortId(one)}</span>)}
    </nav>
  );
}

const SAYS = { live: "Live", waiting: "Connecting", lost: "Not live" };

function Age({ live }: { live: Live }) {
  useTick(live.state === "live" ? 30_000 : 5_000);
  return (
    <span className={`age ${live.state}`} title={live.state === "live" ? "Changes come as they happen." : "Changes do not come by themselves right now; it tries again."}>
      <span aria-hidden="true" className="pulse" />
      {SAYS[live.state]}{live.state === "lost" && ` · as of ${ago(live.at)}`}
    </span>
  );
}

function ThemeButton() {
  const [theme, next] = useTheme();
  const shapes = { system: "◐", light: "○", dark: "●" };
  return <button type="button" className="quiet icon" aria-label={`Theme: ${theme}. Change`} title={`Theme: ${theme}`} onClick={next}>{shapes[theme]}</button>;
}
