import { useInfiniteQuery } from "@tanstack/react-query";
import { ApiError, ask } from "../../api/client";

interface AnyPage<T> {
  items: T[];
  total: number | null;
  next: string | null;
}

/** A long list, page after page, each asked for as one comes near its end. */
export function usePages<T, P extends AnyPage<T> = AnyPage<T>>(path: string | null) {
  const pages = useInfiniteQuery<P, ApiError, { pages: P[] }, (string | null)[], string>({
    queryKey: [path, "pages"],
    enabled: path !== null,
    queryFn: ({ pageParam, signal }) => ask<P>("GET", pageParam ? `${path}${path?.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(pageParam)}` : (path ?? ""), { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const more = pages.hasNextPage ? () => { if (!pages.isFetchingNextPage) void pages.fetchNextPage(); } : undefined;
  return { pages, rows, more, first: pages.data?.pages[0], total: pages.data?.pages[0]?.total ?? null };
}
