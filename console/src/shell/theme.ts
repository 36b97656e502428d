import { kept, useKept } from "./store";

export type Theme = "system" | "light" | "dark";

const theme = kept<Theme>("theme", "system");
const system = matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const chosen = theme.get();
  const dark = chosen === "dark" || (chosen === "system" && system.matches);
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
}

export function startTheme(): void {
  apply();
  system.addEventListener("change", apply);
  theme.listen(apply);
}

export function useTheme(): [Theme, () => void] {
  const now = useKept(theme);
  return [now, nextTheme];
}

export function nextTheme(): void {
  const order: Theme[] = ["system", "light", "dark"];
  theme.set(order[(order.indexOf(theme.get()) + 1) % order.length] ?? "system");
}
