import { expect, test } from "vitest";
import { gathered, gatheredSays, leadsTo, spanOf } from "./gathering";
import type { TimeEvent } from "./timeline";

const DAY = 86_400_000;
const room = { apart: 10, beside: 3, end: 500 };
const place = (t: number) => t / DAY;
const on = (day: number, name = `of day ${day}`): TimeEvent => ({ t: day * DAY, name, tone: "warn" });

test("a few of one time stand side by side, many are one mark with their number", () => {
  expect(gathered([on(100), on(101), on(102)], place, room).map((one) => one.at)).toEqual([100, 110, 120]);
  const many = gathered(Array.from({ length: 300 }, () => on(100)), place, room);
  expect(many.map((one) => [one.at, one.events.length])).toEqual([[100, 300]]);
});

test("however many there are, none is lost, none lies on another or beyond the plot, and none is far from its time", () => {
  const events = Array.from({ length: 1000 }, (_, i) => on((i * 7919) % 500));
  const marks = gathered(events, place, room);
  expect(marks.reduce((sum, one) => sum + one.events.length, 0)).toBe(1000);
  for (const [i, mark] of marks.entries()) {
    expect(mark.at).toBeLessThanOrEqual(500);
    expect(mark.at - (marks[i - 1]?.at ?? -10)).toBeGreaterThanOrEqual(10);
    expect(Math.abs(mark.at - place(mark.events[0].t))).toBeLessThanOrEqual(30);
  }
});

test("a mark says its day, or of many how many, from when to when, and the first of them", () => {
  expect(gatheredSays([on(0, "retrain")])).toBe("1 Jan 1970: retrain");
  const [mark] = gathered(Array.from({ length: 7 }, (_, i) => on(i, `no. ${i}`)), place, room);
  expect(mark && gatheredSays(mark.events, 2)).toBe("7 from 1 Jan 1970 to 7 Jan 1970\nno. 0\nno. 1\nand 5 more");
  expect(mark && spanOf(mark.events)).toEqual([-DAY / 2, 6.5 * DAY]);
});

test("a mark of many leads to their time, and of one moment to the worst of them", () => {
  const one = (day: number, tone: TimeEvent["tone"], href: string): TimeEvent => ({ t: day * DAY, name: href, tone, href });
  const closer = (from: number, to: number) => `${from / DAY}..${to / DAY}`;
  expect(leadsTo([one(1, "warn", "a")], closer)).toBe("a");
  expect(leadsTo([one(1, "warn", "a"), one(1, "bad", "b")], closer)).toBe("b");
  expect(leadsTo([one(1, "warn", "a"), one(3, "bad", "b")], closer)).toBe("0.5..3.5");
});
