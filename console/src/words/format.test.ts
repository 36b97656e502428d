import { expect, test } from "vitest";
import { ago, axisTime, day, duration, middle, milliseconds, number, share, signed, size, tick, toldApart, took } from "./format";

test("numbers keep the figures that tell neighbours apart", () => {
  expect(number(0.56099)).toBe("0.5610");
  expect(number(12.345)).toBe("12.35");
  expect(number(2013)).toBe("2013");
  expect(number(30578)).toBe("30,578");
  expect(number(-0.00919, 3)).toBe("−0.00919");
  expect(number(null)).toBe("–");
  expect(number(6.8e-13)).toBe("6.8e−13");
});

test("a difference carries its sign", () => {
  expect(signed(0.0407)).toBe("+0.0407");
  expect(signed(-0.5)).toBe("−0.500");
  expect(signed(0)).toBe("0");
});

test("an axis has no zeros at the end, and keeps its unit", () => {
  expect(tick("0.6000")).toBe("0.6");
  expect(tick("40.0 ms")).toBe("40 ms");
  expect(tick("100")).toBe("100");
  expect(tick("+0.0500")).toBe("+0.05");
});

test("shares, sizes, durations", () => {
  expect(share(0.113)).toBe("11.3 %");
  expect(share(0.0004)).toBe("0.04 %");
  expect(share(0.00001)).toBe("< 0.01 %");
  expect(share(0.003, 0)).toBe("< 1 %");
  expect(share(0, 0)).toBe("0 %");
  expect(size(361360)).toBe("361 kB");
  expect(duration(0.4)).toBe("< 1 s");
  expect([took(0), took(0.4), took(null)]).toEqual(["–", "< 1 s", "–"]);
  expect([milliseconds(0), milliseconds(0.0226), milliseconds(4.04)]).toEqual(["0 ms", "22.6 µs", "4.04 ms"]);
  expect(duration(75 * 60)).toBe("75 min");
  expect(duration(3 * 3600 + 20 * 60)).toBe("3 h 20 min");
});

test("times are UTC and say how long ago", () => {
  const now = Date.UTC(2026, 0, 2);
  expect(day("2013-09-12T23:59:00Z")).toBe("12 Sep 2013");
  expect(ago("2026-01-01T00:00:00Z", now)).toBe("1 day ago");
  expect(ago("2026-01-02T00:03:00Z", now)).toBe("in 3 minutes");
  expect(ago(null)).toBe("–");
});

test("long names keep both ends, and more of the last", () => {
  const short = middle("scheduled_departure.minute_of_day", 20);
  expect(short).toHaveLength(20);
  expect(short.endsWith("minute_of_day".slice(-12))).toBe(true);
  expect(short.startsWith("schedul")).toBe(true);
});

test("an axis says what its marks differ by: hours, days, or months and years", () => {
  const at = Date.UTC(2013, 3, 1, 6);
  expect(axisTime(at, 86_400_000)).toBe("06:00");
  expect(axisTime(Date.UTC(2013, 3, 2), 86_400_000)).toBe("2 Apr");
  expect(axisTime(at, 30 * 86_400_000)).toBe("1 Apr");
  expect(axisTime(at, 900 * 86_400_000)).toBe("Apr 2013");
});

test("long names of one list are told apart by what differs, short ones stay", () => {
  const names = ["a_rather_long_name_of_a_thing_in_department_1_sensor_0001_average_of_last_30_days", "a_rather_long_name_of_a_thing_in_department_2_sensor_0014_average_of_last_30_days", "distance"];
  expect(names.map(toldApart(names))).toEqual(["a_r…1_sensor_0001…", "a_r…2_sensor_0014…", "distance"]);
  const alone = ["the_only_name_of_its_kind_that_is_long", "distance"];
  expect(alone.map(toldApart(alone))).toEqual(alone);
  const within = ["scheduled_departure.minute_of_day", "scheduled_departure.minute_of_day.sin"];
  expect(within.map(toldApart(within))).toEqual(["sch….minute_of_day", "sch….minute_of_day.sin"]);
});
