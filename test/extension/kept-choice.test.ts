import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeptChoice } from "../../extension/src/compare/kept-choice.ts";

/** As much of a list in a page as a choice needs: a value that it does not offer leaves it empty. */
class FakeSelect extends EventTarget {
  className = "";
  private options: readonly { readonly value: string }[] = [];
  private chosen = "";
  append() {}
  replaceChildren(...options: { readonly value: string }[]) {
    this.options = options;
    this.chosen = options[0]?.value ?? "";
  }
  get value() {
    return this.chosen;
  }
  set value(value: string) {
    this.chosen = this.options.some((one) => one.value === value) ? value : "";
  }
}

class FakeOption {
  readonly value: string;
  constructor(_text: string, value: string) {
    this.value = value;
  }
}

beforeEach(() => {
  vi.stubGlobal("document", { createElement: () => new FakeSelect() });
  vi.stubGlobal("Option", FakeOption);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test("an axis that was asked for before any run had a clock is drawn as soon as they have one", () => {
  const choice = new KeptChoice<string>("seconds", () => {});
  expect(choice.value).toBeUndefined();
  choice.offer(["epoch"]);
  expect([choice.value, choice.node.value]).toEqual(["epoch", "epoch"]);
  choice.offer(["epoch", "step", "seconds"]);
  expect([choice.value, choice.node.value]).toEqual(["seconds", "seconds"]);
});

test("a choice outlives offers without it, for instance of a folder whose runs lack the metric; without a choice it is the first", () => {
  let changes = 0;
  const choice = new KeptChoice<string>(null, () => changes++);
  choice.offer(["newest", "rocAuc"]);
  expect(choice.value).toBe("newest");
  choice.node.value = "rocAuc";
  choice.node.dispatchEvent(new Event("change"));
  expect([choice.value, changes]).toEqual(["rocAuc", 1]);
  choice.offer(["newest"]);
  expect([choice.value, choice.node.value]).toEqual(["newest", "newest"]);
  choice.offer(["newest", "loss", "rocAuc"]);
  expect([choice.value, choice.node.value]).toEqual(["rocAuc", "rocAuc"]);
});
