/** A model card: what MIME.card holds. Sections are those of Mitchell et al. 2019, "Model Cards for Model Reporting", in their order. */

export interface CardTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export type CardBlock =
  | { readonly kind: "facts"; readonly facts: readonly { readonly name: string; readonly value: string }[] }
  | { readonly kind: "table"; readonly title: string; readonly table: CardTable }
  | { readonly kind: "code"; readonly title: string; readonly text: string }
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
