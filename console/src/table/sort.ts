/** First downwards, then upwards, then as it comes. */
export function nextSort(now: string, by: string): string {
  if (now === `-${by}`) return by;
  return now === by ? "" : `-${by}`;
}
