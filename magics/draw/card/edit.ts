/**
 * Keeps what people write into a card in the page. Enter: comms that a page opens on CARD_TARGET for a run; leaves: the run's `card.json`, and an
 * answer that it was kept or why not. Apart from human.ts, which knows no page.
 */
import { existsSync } from "node:fs";
import {
  CARD_TARGET,
  type CardAnswer,
  type CardEdit,
  type CardOpen,
  isLeptonError,
  type NotebookHost,
} from "@lepton/contract";
import type { LeptonFolder } from "../../folder.ts";
import { checkHuman, readHuman, writeHuman } from "./human.ts";

const longestText = 20_000;

const served = new WeakSet<NotebookHost>();

/** Answer every page that edits a card of this folder. Calling it again for the same kernel does nothing. */
export function serveCardEdits(host: NotebookHost, place: LeptonFolder): void {
  if (served.has(host)) return;
  served.add(host);
  host.onComm(CARD_TARGET, (comm, data) => {
    const answer = (message: CardAnswer) => comm.send(message);
    const { run } = (data ?? {}) as Partial<CardOpen>;
    const folder = typeof run === "string" && /^[\w-]+$/.test(run) ? place.runs(run) : undefined;
    if (!folder || !existsSync(folder)) {
      answer({ type: "refused", key: null, reason: `There is no run ${String(run)} in ${place.root}.` });
      comm.close();
      return;
    }
    comm.onMessage((message) => answer(keep(folder, message as Partial<CardEdit> | null)));
  });
}

function keep(folder: string, edit: Partial<CardEdit> | null): CardAnswer {
  const key = typeof edit?.key === "string" ? edit.key : null;
  try {
    if (edit?.type !== "save" || key === null || typeof edit.text !== "string") {
      return { type: "refused", key, reason: "An edit is { type: save, key, text }." };
    }
    if (edit.text.length > longestText) {
      const came = `${edit.text.length} characters came`;
      return { type: "refused", key, reason: `A part of a card takes at most ${longestText} characters; ${came}.` };
    }
    writeHuman(folder, { ...readHuman(folder), ...checkHuman({ [key]: edit.text }) });
    return { type: "saved", key };
  } catch (error) {
    if (!isLeptonError(error)) throw error;
    return { type: "refused", key, reason: error.message };
  }
}
