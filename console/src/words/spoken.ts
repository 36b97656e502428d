/** Sentences as the control plane says them, for people: metrics and settings by their names, times in words. */
import { metricName } from "./format";

const IDS = /\b(roc_auc|log_loss|average_precision|balanced_accuracy|calibration_error|quadratic_kappa)\b/g;
const BEGINS = /^(the|a|an|no|every|nothing|do|data|rows|all|it|its|this|latency|quality|variation)\b/;

/** A sentence with the names of metrics in place of their ids. */
export function spoken(text: string): string {
  return text.replace(IDS, (id, _name: string, at: number) => {
    const name = metricName(id);
    return at === 0 || /^[A-Z]{2}/.test(name) ? name : name.charAt(0).toLowerCase() + name.slice(1);
  });
}

/** The same with a capital where it begins with a common word; the name of a column stays as it is. */
export function sentence(text: string): string {
  const said = spoken(text);
  return BEGINS.test(said) ? said.charAt(0).toUpperCase() + said.slice(1) : said;
}

const UNITS: Record<string, string> = { s: "second", m: "minute", h: "hour", d: "day", w: "week" };

/** A time as the spec has it, in words: 3d → 3 days. Anything else as it is. */
export function spanWords(text: string): string {
  const [, number = "", unit = ""] = /^(\d+)([smhdw])$/.exec(text) ?? [];
  const word = UNITS[unit];
  return word ? `${number} ${word}${number === "1" ? "" : "s"}` : text;
}

/** What a flag of an answered row means. */
export function flagWords(flag: string): string {
  const [what = "", column = ""] = flag.split(/:(.*)/s);
  if (flag === "out_of_support") return "unlike all seen";
  if (!column) return flag.replace(/_/g, " ");
  const words: Record<string, string> = { range: "out of range", unseen: "unseen", unparsed: "not a number" };
  return `${column} ${words[what] ?? what.replace(/_/g, " ")}`;
}

/** A browser as one would name it, from what it says of itself. */
export function browserOf(agent: string): string {
  const names: [RegExp, string][] = [[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/HeadlessChrome|Chrome\//, "Chrome"], [/Safari\//, "Safari"], [/curl|python|httpx/i, "a program"]];
  const systems: [RegExp, string][] = [[/iPhone|iPad/, "iOS"], [/Android/, "Android"], [/Windows/, "Windows"], [/Mac OS X/, "macOS"], [/Linux/, "Linux"]];
  const name = names.find(([shape]) => shape.test(agent))?.[1];
  const system = systems.find(([shape]) => shape.test(agent))?.[1];
  return name ? `${name}${system ? ` on ${system}` : ""}` : agent || "unknown";
}
