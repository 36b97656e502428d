/** One cursor for all charts over the same time: where one points, all show that moment. */
import { kept, useKept } from "../shell/store";

const cursor = kept<number | null>(null, null);

export function useCursor(): [number | null, (at: number | null) => void] {
  return [useKept(cursor), cursor.set];
}
