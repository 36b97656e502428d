import { expect, test } from "vitest";
import { renewed } from "./api/renewed";
import { touched } from "./api/touched";
import { fit } from "./shell/fit";
import { nextSort } from "./table/sort";
import { lives } from "./screens/rollout/lives";
import { courseOf } from "./screens/run/course";
import { partsOf } from "./screens/spec/parts";
import { withSetting } from "./screens/spec/setting";
import { blocks } from "./screens/version/markdown";
import { OFFERED, offered, read, textOf } from "./screens/version/given";
import { logCommand, since } from "./words/command";
import type { ContractColumn, Leaderboard, Release } from "./api/types";

test("an event makes old what it touches, and nothing of other projects", () => {
  expect(touched("/projects/a/runs?limit=1", "/projects/a", ["/runs"])).toBe(true);
  expect(touched("/projects/a/quality", "/projects/a", ["/runs"])).toBe(false);
  expect(touched("/projects/a/quality", "/projects/a", [""])).toBe(true);
  expect(touched("/projects/ab/quality", "/projects/a", [""])).toBe(false);
  expect(touched("/projects", "/projects/a", ["/runs"])).toBe(true);
});

test("what is typed in the palette finds by its letters in order, the tightest first", () => {
  expect(fit("mon", "Monitoring")).not.toBeNull();
  expect(fit("gno", "Monitoring")).toBeNull();
  expect(fit("run", "Runs") ?? 99).toBeLessThan(fit("run", "retrain-flights-unknown") ?? 0);
});

test("a column is sorted downwards, then upwards, then not", () => {
  expect(["", "-at", "at"].map((now) => nextSort(now, "at"))).toEqual(["-at", "at", ""]);
  expect(nextSort("-other", "at")).toBe("-at");
});

function release(number: number, day: number, version: number, challenger: number | null = null, share: number | null = null, paused: "pause" | null = null): Release {
  return { number, version, challenger, share, paused, event_at: new Date(Date.UTC(2026, 0, day)).toISOString(), action: "promote", actor: "a", reason: "", forced: false, known_at: "", package: "", payload_digest: "", project: "p" };
}

test("releases become stretches: one a version, cut where the stage of a trial changes", () => {
  const { lanes, domain } = lives("p", [release(3, 9, 2), release(2, 5, 1, 2, 0.1), release(1, 1, 1, 2, 0)], Date.UTC(2026, 0, 20));
  const [live, tried] = lanes;
  expect(live?.stretches?.map((one) => one.name)).toEqual(["v1", "v2"]);
  expect(live?.stretches?.[0]?.to).toBe(live?.stretches?.[1]?.from);
  expect(tried?.stretches?.map((one) => one.kind)).toEqual(["shadow", "canary"]);
  expect(domain[1]).toBe(Date.UTC(2026, 0, 20));
});

test("YAML is coloured by what a line is", () => {
  expect(partsOf("  target: late  # what").map((one) => one.kind)).toEqual(["key", "value", "comment"]);
  expect(partsOf("#until:")[0]?.kind).toBe("setting");
  expect(partsOf("# The column")[0]?.kind).toBe("comment");
  for (const line of ["  a: 1", "- name: x", "plain", ""]) expect(partsOf(line).map((one) => one.text).join("")).toBe(line);
});

test("a card's HTML stays text", () => {
  const [head, text, list] = blocks("# A **card**\n\n<img src=x onerror=alert(1)>\n\n- one\n- `two`\n  goes on");
  expect(head).toEqual({ kind: "head", level: 1, text: "A card" });
  expect(text).toEqual({ kind: "text", text: "<img src=x onerror=alert(1)>" });
  expect(list).toEqual({ kind: "list", items: ["one", "two goes on"] });
});

const column = (name: string, kind: string): ContractColumn => ({ name, kind, role: "feature", nullable: true, minimum: null, maximum: null, levels: null, date_format: null, pii: false, key: false }) as ContractColumn;

test("a form's texts go as the contract's kinds; what is no number goes as it is, for the server to say", () => {
  const columns = [column("n", "number"), column("b", "boolean"), column("c", "category")];
  expect(read(columns, { n: "1.5", b: "true", c: "" })).toEqual({ n: 1.5, b: true, c: null });
  expect(read(columns, { n: "abc", b: "x", c: "7" })).toEqual({ n: "abc", b: "x", c: "7" });
  expect(textOf(44.959999084472656)).toBe("44.96");
});

test("what is shown is a command that a shell takes as one, whatever was typed", () => {
  const now = Date.UTC(2026, 0, 10);
  expect(since("2026-01-08T12:00:00Z", now)).toBe(" --since 2d");
  expect(since(null, now)).toBe("");
  expect(logCommand({ version: "5", score_from: "0.9" }, null)).toBe('mw log predictions --where "version = 5 and score >= 0.9"');
  expect(logCommand({ id: "a'; $(rm) `x` \"" }, null)).toBe("mw log predictions --where \"id = 'a''; \\$(rm) \\`x\\` \\\"'\"");
  expect(logCommand({ version: "x", score_to: "much" }, null)).toBe("mw log predictions");
});

const SPEC = "version: 1\nwatch:\n  window: 7d\n  # The 99th percentile\n  #latency_ms:\n  error_rate: 0.02\n\n# What is done\npolicy:\n  mode: auto\n";

test("a setting is put where it belongs, and one that is set already is only found", () => {
  expect(withSetting(SPEC, "watch.latency_ms", "40")).toEqual({ text: SPEC.replace("#latency_ms:", "latency_ms: 40"), line: 5 });
  expect(withSetting(SPEC, "watch.error_rate", "0.5")).toEqual({ text: SPEC, line: 6 });
  expect(withSetting(SPEC, "watch.no_data", "1d")).toEqual({ text: SPEC.replace("watch:\n", "watch:\n  no_data: 1d\n"), line: 3 });
  expect(withSetting("version: 1\n", "watch.no_data", "1d")).toEqual({ text: "version: 1\n\nwatch:\n  no_data: 1d\n", line: 4 });
  expect(withSetting("watch: {window: 7d}\n", "watch.no_data", "1d")).toEqual({ text: "watch: {window: 7d}\n", line: 1 });
});

function board(goal: "max" | "min", scores: (number | null)[], noted: { at: number; score: number; config: string }[]): Leaderboard {
  const standings = scores.map((score, number) => ({ number, config: `c${number}`, score, folds: score === null ? 1 : 3 }));
  return { goal, full: 3, seconds: 9, standings: standings.reverse(), best_so_far: noted } as unknown as Leaderboard;
}

test("trials that hold no times stand in their order, and those with times over them", () => {
  const baseline = { at: 0, score: 0.5, config: "c0" };
  expect(courseOf(board("max", [0.5, 0.7, null, 0.6, 0.8], [baseline]))).toEqual({ steps: [{ at: 1, score: 0.5, config: "c0" }, { at: 2, score: 0.7, config: "c1" }, { at: 4, score: 0.8, config: "c4" }], end: 4, timed: false });
  expect(courseOf(board("min", [0.5, 0.7, 0.4], [baseline])).steps.map((one) => one.at)).toEqual([1, 3]);
  const noted = [baseline, { at: 4, score: 0.8, config: "c4" }];
  expect(courseOf(board("max", [0.5, 0.7, 0.8], noted))).toEqual({ steps: noted, end: 9, timed: true });
});

test("of a long list the first page is renewed: its rows count wherever they stand, and new ones come first", () => {
  const rows = [{ id: "c", s: 1 }, { id: "b", s: 1 }, { id: "a", s: 1 }];
  const newer = [{ id: "d", s: 2 }, { id: "c", s: 2 }, { id: "b", s: 1 }];
  expect(renewed(rows, newer, (one) => one.id).map((one) => one.id + one.s)).toEqual(["d2", "c2", "b1", "a1"]);
  expect(renewed(rows, [], (one) => one.id)).toEqual(rows);
});

test("a form of a thousand columns offers what counts most, and what is sought", () => {
  const columns = Array.from({ length: 1000 }, (_, i) => ({ name: `c${i}` })) as ContractColumn[];
  const importance: [string, number][] = [["c900", 0.5], ["c7 + c950", 0.2], ["c30.hour", 0.1]];
  const first = offered(columns, importance, "").map((one) => one.name);
  expect(first).toHaveLength(OFFERED);
  expect(["c900", "c7", "c950", "c30"].every((one) => first.includes(one))).toBe(true);
  expect(first.indexOf("c7")).toBeLessThan(first.indexOf("c900"));
  expect(offered(columns, importance, "C99").map((one) => one.name)).toEqual(["c99", "c990", "c991", "c992", "c993", "c994", "c995", "c996", "c997", "c998", "c999"]);
  expect(offered(columns.slice(0, 12), importance, "none")).toHaveLength(12);
});
