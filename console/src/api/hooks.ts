import { keepPreviousData, QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, ask } from "./client";
import { isDeep } from "./deep";

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 20_000,
      gcTime: 30 * 60_000,
      refetchOnWindowFocus: true,
      retry: (times, error) => times < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      retryDelay: (times) => 600 * 2 ** times,
    },
  },
});

/** What a GET says, kept and shown while it is asked again; null asks nothing. */
export function useGet<T>(path: string | null, every?: number) {
  return useQuery<T, ApiError>({
    queryKey: [path],
    queryFn: ({ signal }) => ask<T>("GET", path ?? "", { signal }),
    enabled: path !== null,
    placeholderData: keepPreviousData,
    ...(every ? { refetchInterval: every } : {}),
  });
}

export interface Change {
  method?: "POST" | "PUT" | "DELETE";
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Change something; afterwards everything shown of that project is asked again. */
export function useChange<T = unknown>() {
  const queries = useQueryClient();
  return useMutation<T, ApiError, Change>({
    mutationFn: ({ method = "POST", path, body, headers }) =>
      ask<T>(method, path, { body: body ?? {}, headers: { "Idempotency-Key": crypto.randomUUID(), ...headers } }),
    onSettled: () => queries.invalidateQueries({ predicate: (one) => !isDeep(one) }),
  });
}

/** A path with its query; what is empty is left out. */
export function withQuery(path: string, query: Record<string, string | number | null | undefined>): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") asked.set(name, String(value));
  }
  const text = asked.toString();
  return text ? `${path}?${text}` : path;
}
