/** The URL is the state: where we are, which time, which filters, what is selected. */
import { useSyncExternalStore } from "react";
import { base } from "./base";

const listeners = new Set<() => void>();

/** What stays when one goes from screen to screen. */
export const KEPT = ["range", "from", "to"] as const;

export interface Place {
  path: string;
  query: URLSearchParams;
}

let shown = "";
let place: Place = { path: "/", query: new URLSearchParams() };

function read(): Place {
  const now = location.pathname + location.search;
  if (now !== shown) {
    shown = now;
    const path = location.pathname.startsWith(base) ? `/${location.pathname.slice(base.length)}` : location.pathname;
    place = { path: path.replace(/\/+$/, "") || "/", query: new URLSearchParams(location.search) };
  }
  return place;
}

function tell(): void {
  for (const listener of listeners) listener();
}

window.addEventListener("popstate", tell);

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePlace(): Place {
  return useSyncExternalStore(listen, read);
}

/** A part of a path as it is meant; one that means nothing stays as it is. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function currentPlace(): Place {
  return read();
}

/** The address of a place in the console, under whatever prefix it is served; the time range goes along. */
export function hrefOf(to: string): string {
  const [path = "/", search = ""] = to.split("?", 2);
  const query = new URLSearchParams(search);
  const here = read().query;
  for (const name of KEPT) {
    const value = here.get(name);
    if (value && !query.has(name) && !query.has("from") && path.startsWith("/projects/")) query.set(name, value);
  }
  const text = query.toString();
  return base + path.replace(/^\//, "") + (text ? `?${text}` : "");
}

export function navigate(to: string, how: "push" | "replace" = "push"): void {
  const href = hrefOf(to);
  if (href === location.pathname + location.search) return;
  history[how === "push" ? "pushState" : "replaceState"](null, "", href);
  tell();
  if (how === "push") window.scrollTo(0, 0);
}

/** Change parts of the query where we are; null takes one away. */
export function changeQuery(changes: Record<string, string | null>, how: "push" | "replace" = "replace"): void {
  const { path, query } = read();
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  history[how === "push" ? "pushState" : "replaceState"](null, "", base + path.slice(1) + (text ? `?${text}` : ""));
  tell();
}

export function useParam(name: string, otherwise = ""): string {
  return usePlace().query.get(name) ?? otherwise;
}

/** The parts of a path that a pattern such as /projects/:project/runs/:run names; null where it does not fit. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? "";
    if (part.startsWith(":")) {
      if (!value) return null;
      found[part.slice(1)] = decoded(value);
    } else if (part !== value) return null;
  }
  return found;
}
