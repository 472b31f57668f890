/**
 * Whether what a snapshot says of a study that runs is so now. Snapshots enter as they are shown; leaves: whether the last one is old. Apart because the
 * kernel's clock need not be the page's: of snapshots that follow each other here the page knows itself when they came.
 */
import type { StudyView } from "../../../kernel/contract/study.ts";

/** A study that runs sends a snapshot each second; one that is older, say of a saved notebook, tells what was. */
export const NEWS_MS = 60_000;

export class News {
  private shown: number | null = null;
  /** When the last snapshot came that followed another; null while there is but one, maybe of a saved notebook. */
  private cameAt: number | null = null;

  came({ updatedAt }: StudyView): void {
    if (this.shown !== null && updatedAt !== this.shown) this.cameAt = Date.now();
    this.shown = updatedAt;
  }

  isOld({ updatedAt }: StudyView): boolean {
    return Date.now() - (this.cameAt ?? updatedAt) >= NEWS_MS;
  }
}
