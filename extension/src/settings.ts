/**
 * What a reader chose for all charts, reachable from every file: JupyterLab's settings enter when the extension starts and whenever they change
 * (around/settings-plugin.ts). The presets are those of schema/settings.json; a test keeps them equal.
 */
export interface Settings {
  /** What the charts of runs and comparisons start with. */
  readonly axis: "epoch" | "step" | "seconds";
  /** 0 to 0.99; what a run's charts start with. */
  readonly smoothing: number;
  /** Drawings a second of a running training, at most. */
  readonly refreshHz: number;
  readonly colours: "okabe-ito" | "grey";
  readonly motion: "system" | "none";
}

export const presets: Settings = {
  axis: "epoch",
  smoothing: 0,
  refreshHz: 10,
  colours: "okabe-ito",
  motion: "system",
};

let current = presets;
const listeners = new Set<() => void>();

export function settings(): Settings {
  return current;
}

/** Values that are no setting's, or out of its range, are left at their presets: the schema refuses them in the editor already. */
export function setSettings(given: Readonly<Record<string, unknown>>): void {
  const number = (name: "smoothing" | "refreshHz", low: number, high: number) => {
    const value = given[name];
    return typeof value === "number" && value >= low && value <= high ? value : presets[name];
  };
  const word = <W extends string>(name: keyof Settings, words: readonly W[]) =>
    words.find((one) => one === given[name]) ?? (presets[name] as W);
  current = {
    axis: word("axis", ["epoch", "step", "seconds"]),
    smoothing: number("smoothing", 0, 0.99),
    refreshHz: number("refreshHz", 0.2, 20),
    colours: word("colours", ["okabe-ito", "grey"]),
    motion: word("motion", ["system", "none"]),
  };
  for (const listener of listeners) listener();
}

/** @returns how to stop listening */
export function onSettings(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
