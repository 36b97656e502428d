/** Server-sent events of a project: what changed is asked again, and everybody sees how old what they see is. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { apiUrl } from "./client";

export interface Live {
  state: "live" | "waiting" | "lost";
  at: number;
}

const KINDS = ["run", "rollout", "traffic", "finding", "decision"];
const APART_MS = 1000;

export function useLive(project: string | null): Live {
  const queries = useQueryClient();
  const [live, setLive] = useState<Live>({ state: "waiting", at: Date.now() });
  useEffect(() => {
    if (!project) return undefined;
    const prefix = `/projects/${encodeURIComponent(project)}`;
    let timer = 0;
    const refresh = () => {
      setLive({ state: "live", at: Date.now() });
      timer ||= window.setTimeout(() => {
        timer = 0;
        void queries.invalidateQueries({ predicate: ({ queryKey: [path] }) => typeof path === "string" && touches(path, prefix) });
      }, APART_MS);
    };
    const source = new EventSource(apiUrl(`${prefix}/events`));
    source.onopen = () => setLive({ state: "live", at: Date.now() });
    source.onmessage = refresh;
    source.onerror = () => setLive((before) => ({ state: "lost", at: before.at }));
    for (const kind of KINDS) source.addEventListener(kind, refresh);
    return () => {
      source.close();
      window.clearTimeout(timer);
    };
  }, [project, queries]);
  return live;
}

function touches(path: string, prefix: string): boolean {
  return path.startsWith(prefix) || path === "/projects";
}
