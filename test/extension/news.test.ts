import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NEWS_MS, News } from "../../extension/src/study/news.ts";
import { studyView } from "../magics/draw/views.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const view = (updatedAt: number) => studyView({ state: "running", updatedAt });

test("a saved snapshot is as old as it says, also when it is shown again", () => {
  const news = new News();
  const fresh = view(Date.now() - 1000);
  news.came(fresh);
  expect(news.isOld(fresh)).toBe(false);
  vi.advanceTimersByTime(NEWS_MS);
  news.came(fresh);
  expect(news.isOld(fresh)).toBe(true);
});

test("a study that sends snapshots is never old, however wrong the kernel's clock is; it is when they end", () => {
  const news = new News();
  const wrong = 600_000;
  for (let second = 0; second < 5; second++) {
    const now = view(Date.now() - wrong);
    news.came(now);
    expect(news.isOld(now)).toBe(second === 0);
    vi.advanceTimersByTime(1000);
  }
  vi.advanceTimersByTime(NEWS_MS);
  expect(news.isOld(view(Date.now() + wrong))).toBe(true);
});
