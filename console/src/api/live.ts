/** Server-sent events of a project: what changed is asked again, and everybody sees how old what they see is. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { apiUrl } from "./client";
import { isDeep } from "./deep";
import { touched } from "./touched";

export interface Live {
  state: "live" | "waiting" | "lost";
  at: number;
}

/** What an event makes old: parts of paths of its project; [""]: all of them. */
const TOUCHES: Record<string, string[]> = {
  run: ["/runs", "/versions", "/data", "/training"], version: ["/versions", "/rollout"], rollout: [""], decision: [""], finding: [""], look: [""],
  spec: ["/spec", "/plan", "/rollout"], traffic: ["/latency"], progress: ["/runs", "/training"],
};
const APART_MS = 1000;

export function useLive(project: string | null): Live {
  const queries = useQueryClient();
  const [live, setLive] = useState<Live>({ state: "waiting", at: Date.now() });
  useEffect(() => {
    if (!project) return undefined;
    const prefix = `/projects/${encodeURIComponent(project)}`;
    let timer = 0;
    let kinds = new Set<string>();
    const refresh = (kind: string) => {
      setLive({ state: "live", at: Date.now() });
      kinds.add(kind);
      timer ||= window.setTimeout(() => {
        const parts = [...kinds].flatMap((one) => TOUCHES[one] ?? []);
        timer = 0;
        kinds = new Set();
        void queries.invalidateQueries({ predicate: (one) => typeof one.queryKey[0] === "string" && touched(one.queryKey[0], prefix, parts) && !isDeep(one) });
      }, APART_MS);
    };
    const source = new EventSource(apiUrl(`${prefix}/events`));
    source.onopen = () => setLive({ state: "live", at: Date.now() });
    source.onerror = () => setLive((before) => ({ state: "lost", at: before.at }));
    for (const kind of Object.keys(TOUCHES)) source.addEventListener(kind, () => refresh(kind));
    return () => {
      source.close();
      window.clearTimeout(timer);
    };
  }, [project, queries]);
  return live;
}
