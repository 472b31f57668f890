/** The verb `clean`: what `.lepton` takes and what of it may go; deletes only when told to, and never a thing in use. */
import { rm } from "node:fs/promises";
import { defineVerb } from "../verb.ts";
import { type Kept, type Kind, lookThrough } from "./keep.ts";
import { shownTable } from "./shown-table.ts";
import { bytesText } from "./sizes.ts";

const dayMs = 24 * 60 * 60 * 1000;
const kinds: readonly Kind[] = ["datasets", "runs", "studies", "deployments"];

export interface CleanRow {
  readonly kind: Kind;
  readonly items: number;
  readonly bytes: number;
  readonly mayGo: readonly string[];
  readonly mayGoBytes: number;
  /** Why items stay ─► how many. */
  readonly stay: Readonly<Record<string, number>>;
}

export const cleanVerb = defineVerb({
  spec: {
    name: "clean",
    summary: "Say what data sets, runs and studies take and which may go; --yes deletes those.",
    arguments: [],
    options: {
      yes: { kind: "boolean", default: false, doc: "Delete what may go." },
      olderThan: { kind: "number", default: 7, min: 0, doc: "Days without a change after which a thing may go." },
    },
    result: "Lepton.CleanReport",
    declarations:
      "interface CleanReport { readonly rows: readonly { readonly kind: string; readonly items: number; readonly bytes: number; readonly mayGo: readonly string[]; readonly mayGoBytes: number }[] }",
    examples: ["%lepton clean", "%lepton clean --older-than 0", "%lepton clean --yes"],
  },
  async run(_args, { yes, olderThan }, { folder }) {
    const before = Date.now() - olderThan * dayMs;
    const found = await lookThrough(folder, before);
    const rows = kinds.map((kind) => summary(kind, found));
    const going = found.filter((one) => one.because === null);
    const bytes = bytesText(going.reduce((sum, one) => sum + one.bytes, 0));
    if (yes) for (const one of going) await rm(one.folder, { recursive: true, force: true });
    const caption =
      going.length === 0
        ? "Nothing may go."
        : yes
          ? `Deleted ${going.length} items, ${bytes}.`
          : `${going.length} items may go, ${bytes}; %lepton clean --yes deletes them. Running, named, used and recent ones stay.`;
    return shownTable(
      rows,
      ["what", "items", "takes", yes ? "deleted" : "may go", "frees", "the rest stays because"],
      cells,
      {
        caption,
      },
    );
  },
});

function summary(kind: Kind, found: readonly Kept[]): CleanRow {
  const own = found.filter((one) => one.kind === kind);
  const going = own.filter((one) => one.because === null);
  const stay: Record<string, number> = {};
  for (const { because } of own) {
    const reason = because?.replace(/ (run|study) \S+$/, " a $1").replace(/^bound to .*/, "bound to a name");
    if (reason !== undefined) stay[reason] = (stay[reason] ?? 0) + 1;
  }
  const total = (list: readonly Kept[]) => list.reduce((sum, one) => sum + one.bytes, 0);
  return {
    kind,
    items: own.length,
    bytes: total(own),
    mayGo: going.map((one) => one.id),
    mayGoBytes: total(going),
    stay,
  };
}

const cells = ({ kind, items, bytes, mayGo, mayGoBytes, stay }: CleanRow): readonly unknown[] => [
  kind,
  items,
  bytesText(bytes),
  mayGo.length,
  bytesText(mayGoBytes),
  Object.entries(stay)
    .map(([reason, count]) => `${reason} (${count})`)
    .join(", "),
];
