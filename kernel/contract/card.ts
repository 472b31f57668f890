/** A model card: what MIME.card holds. Sections are those of Mitchell et al. 2019, "Model Cards for Model Reporting", in their order. */

export interface CardTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** One curve, at most 300 points; or single points. */
export interface CardLine {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly drawn: "line" | "points";
}

export type CardBlock =
  | { readonly kind: "facts"; readonly facts: readonly { readonly name: string; readonly value: string }[] }
  | {
      readonly kind: "table";
      readonly title: string;
      readonly table: CardTable;
      /** Counts shaded by their share of the row: a confusion matrix. */
      readonly isShaded?: boolean;
    }
  /** `isDiff`: a line that begins with "- " was taken out, one with "+ " came in. */
  | { readonly kind: "code"; readonly title: string; readonly text: string; readonly isDiff?: boolean }
  | {
      readonly kind: "chart";
      readonly title: string;
      readonly xLabel: string;
      readonly yLabel: string;
      /** A line x = y is drawn too: chance in a ROC curve, truth in a calibration. */
      readonly hasDiagonal: boolean;
      /** Both axes from 0 to 1. */
      readonly isUnit: boolean;
      readonly lines: readonly CardLine[];
    }
  /** Written by people; null where nobody has yet. */
  | {
      readonly kind: "human";
      readonly key: string;
      readonly title: string;
      readonly asks: string;
      readonly text: string | null;
    };

export interface CardSection {
  readonly title: string;
  readonly blocks: readonly CardBlock[];
}

export interface CardView {
  readonly version: 1;
  readonly run: string;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly sections: readonly CardSection[];
  /** Set where the sections hold what differs from another run's card, which is then the second column of each table. */
  readonly against?: { readonly run: string; readonly name: string };
  /** Hugging Face model card metadata (the YAML front matter) as plain data. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Editing from the page: it opens a comm on this target with CardOpen, sends CardEdit, and hears CardAnswer. */
export const CARD_TARGET = "lepton.card";

export interface CardOpen {
  readonly run: string;
}

/** Page ─► kernel: a human block's text, at most 20,000 characters; an empty text takes it back. */
export interface CardEdit {
  readonly type: "save";
  readonly key: string;
  readonly text: string;
}

/** Kernel ─► page. */
export type CardAnswer =
  | { readonly type: "saved"; readonly key: string }
  | { readonly type: "refused"; readonly key: string | null; readonly reason: string };
