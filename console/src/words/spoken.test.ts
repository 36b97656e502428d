import { expect, test } from "vitest";
import { browserOf, flagWords, sentence, spanWords, spoken } from "./spoken";

test("metrics are called by their names, at the beginning with a capital", () => {
  expect(spoken("roc_auc 0.66, promised 0.75")).toBe("AUC 0.66, promised 0.75");
  expect(spoken("worth (0.0225 log_loss)")).toBe("worth (0.0225 log loss)");
  expect(spoken("log_loss better")).toBe("Log loss better");
  expect(spoken("my_log_loss_column")).toBe("my_log_loss_column");
});

test("a sentence begins with a capital, the name of a column does not", () => {
  expect(sentence("do not ship: log_loss")).toBe("Do not ship: log loss");
  expect(sentence("the policy retrains")).toBe("The policy retrains");
  expect(sentence("latency: watch.latency_ms is empty")).toBe("Latency: watch.latency_ms is empty");
  expect(sentence("dest and distance have moved")).toBe("dest and distance have moved");
});

test("times of the spec, flags and browsers are said in words", () => {
  expect(["3d", "1h", "1w", "90 days"].map(spanWords)).toEqual(["3 days", "1 hour", "1 week", "90 days"]);
  expect(["range:month", "unseen:dest", "out_of_support", "odd:a:b"].map(flagWords)).toEqual(["month out of range", "dest unseen", "unlike all seen", "a:b odd"]);
  expect(browserOf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36")).toBe("Chrome on Linux");
  expect(browserOf("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 Version/17 Safari/605")).toBe("Safari on macOS");
  expect(browserOf("")).toBe("unknown");
});
