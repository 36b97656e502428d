import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ApiError, ask } from "./client";
import { DEEP } from "./deep";
import { useGet } from "./hooks";
import { renewed } from "./renewed";

interface AnyPage<T> {
  items: T[];
  total: number | null;
  next: string | null;
}

/** A long list, page after page, each asked for as one comes near its end. Of a list of many pages only the first is asked again when
 * something changes: what it says counts for its rows wherever they stand. */
export function usePages<T, P extends AnyPage<T> = AnyPage<T>>(path: string | null, keyOf: (row: T) => string) {
  const pages = useInfiniteQuery<P, ApiError, { pages: P[] }, (string | null)[], string>({
    queryKey: [path, "pages"],
    enabled: path !== null,
    queryFn: ({ pageParam, signal }) => ask<P>("GET", pageParam ? `${path}${path?.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(pageParam)}` : (path ?? ""), { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
    structuralSharing: false,
  });
  const loaded = pages.data?.pages;
  const head = useGet<P>(loaded && loaded.length > DEEP ? path : null);
  const newest = loaded && loaded.length > DEEP ? head.data : undefined;
  const rows = useMemo(() => renewed(loaded?.flatMap((page) => page.items) ?? [], newest?.items ?? [], keyOf), [loaded, newest, keyOf]);
  const more = pages.hasNextPage ? () => { if (!pages.isFetchingNextPage) void pages.fetchNextPage(); } : undefined;
  return { pages, rows, more, first: newest ?? loaded?.[0], total: (newest ?? loaded?.[0])?.total ?? null };
}
