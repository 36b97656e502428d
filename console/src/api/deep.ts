import type { Query } from "@tanstack/react-query";

/** Of a list of more pages than so many, only the first is asked again when something changes. */
export const DEEP = 5;

/** Whether so many pages of a list were loaded. */
export function isDeep({ queryKey, state }: Pick<Query, "queryKey" | "state">): boolean {
  return queryKey[1] === "pages" && ((state.data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0) > DEEP;
}
