/**
 * Saving a run's points as a file: every point is asked for first, and where they do not come the page says which are in the file. Enters: a press of
 * the button; leave: one file, and what is said meanwhile and after. Apart because what is said must be true however the asking ends.
 */
import { trans } from "../translation.ts";

export interface PointsFileNeeds {
  isWhole(): boolean;
  /** Ask for every point. @returns whether all are here */
  have(): Promise<boolean>;
  /** Whether there is a kernel to ask, then a false answer was a silence. */
  isOpen(): boolean;
  /** The last step that a kernel told, from the first on without a hole; null where points are those of the saved output. */
  steps(): number | null;
  say(text: string | null): void;
  write(): void;
}

export class PointsFile {
  private isBusy = false;
  private isDisposed = false;
  private readonly needs: PointsFileNeeds;

  constructor(needs: PointsFileNeeds) {
    this.needs = needs;
  }

  /** A press while an earlier one waits is part of it. */
  async save(): Promise<void> {
    if (this.isBusy) return;
    const { needs } = this;
    this.isBusy = true;
    needs.say(needs.isWhole() ? null : trans.__("The kernel is asked for every point; then the file is saved."));
    const isWhole = await needs.have().finally(() => (this.isBusy = false));
    if (this.isDisposed) return;
    needs.say(isWhole ? null : leftOut(needs.isOpen(), needs.steps()));
    needs.write();
  }

  /** The page is left: no file comes after it. */
  dispose(): void {
    this.isDisposed = true;
  }
}

/** @param isOpen  whether there is a kernel, that did not answer */
function leftOut(isOpen: boolean, steps: number | null): string {
  if (isOpen) {
    return steps === null
      ? trans.__(
          "The kernel did not tell all points of this run in time: the file has those of the saved output, at most 500 a line. Save again when the kernel is free.",
        )
      : trans.__(
          "The kernel did not tell all points of this run in time: the file has the first %1 steps. Save again when the kernel is free.",
          steps.toLocaleString("en"),
        );
  }
  return steps === null
    ? trans.__(
        "No kernel told all points of this run: the file has those of the saved output, at most 500 a line. Start a kernel in the run's folder and save again.",
      )
    : trans.__(
        "No kernel told all points of this run: the file has the first %1 steps. Start a kernel in the run's folder and save again.",
        steps.toLocaleString("en"),
      );
}
