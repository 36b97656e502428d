/** Whether what is at a path is old after events that touch these parts of a project. */
export function touched(path: string, prefix: string, parts: readonly string[]): boolean {
  if (path === "/projects") return parts.length > 0;
  return parts.some((part) => path === prefix || (part === "" ? path.startsWith(`${prefix}/`) : path.startsWith(prefix + part)));
}
