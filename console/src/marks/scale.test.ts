import { axisTime } from "../words/format";
import { expect, test } from "vitest";
import { linear, logTicks, roomy, ticks, timeTicks } from "./scale";
import { pointAt } from "./timeline";
import { slice } from "../table/slice";

test("ticks are round, and within", () => {
  expect(ticks(0, 1, 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(ticks(0.41, 0.66, 3)).toEqual([0.5, 0.6]);
  for (const one of ticks(-3.2, 17.9, 6)) expect(one).toBeGreaterThanOrEqual(-3.2);
});

test("months begin on the first, whatever the length", () => {
  const found = timeTicks(Date.UTC(2013, 3, 1), Date.UTC(2013, 11, 19), 9);
  expect(found.length).toBeGreaterThan(3);
  for (const one of found) expect(new Date(one).getUTCDate()).toBe(1);
});

test("no tick lies outside of its time", () => {
  const [from, to] = [Date.UTC(2013, 3, 5, 7), Date.UTC(2013, 3, 20)];
  for (const one of timeTicks(from, to, 5)) expect(one >= from && one <= to).toBe(true);
});

test("a scale maps ends to ends, and a point range does not divide by zero", () => {
  expect(linear([0, 10], [5, 105])(5)).toBe(55);
  expect(Number.isFinite(linear([3, 3], [0, 100])(3))).toBe(true);
  expect(roomy([null, undefined])).toEqual([0, 1]);
});

test("the point that speaks of a moment is the one whose window holds it", () => {
  const points = [{ t: 0, until: 10, value: 1 }, { t: 10, until: 20, value: 2 }];
  expect(pointAt(points, 9)?.value).toBe(1);
  expect(pointAt(points, 10)?.value).toBe(2);
  expect(pointAt(points, 99)?.value).toBe(2);
  expect(pointAt([], 1)).toBeNull();
});

test("only what is seen is drawn, and all of it", () => {
  const { start, end } = slice(34_000, 600, 10_000, 34);
  expect(start).toBeLessThanOrEqual(1000);
  expect(end).toBeGreaterThanOrEqual(1018);
  expect(end - start).toBeLessThan(60);
  expect(slice(0, 600, 3, 34)).toEqual({ start: 0, end: 3 });
  expect(slice(999_999, 600, 3, 34)).toEqual({ start: 0, end: 3 });
});

test("a logarithmic axis names 1, 2 and 5, and some values where these are too few", () => {
  expect(logTicks(Math.log10(3), Math.log10(25))).toEqual([5, 10, 20]);
  expect(logTicks(-2, -1)).toEqual([0.01, 0.02, 0.05, 0.1]);
  expect(logTicks(Math.log10(5.5), Math.log10(8)).length).toBeGreaterThan(1);
});

test("marks of hours lie at midnight and between, so that no two of them say the same", () => {
  const from = Date.UTC(2026, 9, 23, 12, 20);
  const found = timeTicks(from, from + 5.5 * 86_400_000, 11);
  const said = found.map((one) => axisTime(one, 5.5 * 86_400_000));
  expect(said.slice(0, 4)).toEqual(["24 Oct", "12:00", "25 Oct", "12:00"]);
  expect(new Set(said.filter((one) => one !== "12:00")).size).toBe(said.filter((one) => one !== "12:00").length);
});
