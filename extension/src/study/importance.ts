/** How much each hyperparameter mattered, as bars. A StudyView with its importance enters; a drawing leaves, or null where there is none. */
import type { StudyView } from "../../../kernel/contract/study.ts";
import { cut, lettersOf } from "../chart/letters.ts";
import { svg, tip } from "../chart/svg.ts";
import { trans } from "../translation.ts";

const ROW = 24;
const TOP = 30;
const MOST = 12;
/** Five good trials make it steady, says Optuna's documentation: a tenth of 50. */
const ENOUGH = 50;

export function drawImportance(view: StudyView, width: number): SVGElement | null {
  const shown = (view.importance ?? []).slice(0, MOST);
  if (shown.length === 0) return null;
  const names = Math.min(width * 0.4, 8 + 7 * Math.max(...shown.map(({ name }) => lettersOf(name))));
  const room = width - names - 56;
  const bars = shown.flatMap(({ name, share }, index) => {
    const y = TOP + index * ROW;
    const percent = `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
    return [
      svg("text", { x: names - 6, y: y + 15, "text-anchor": "end" }, cut(name, Math.floor(names / 7))),
      svg(
        "rect",
        { x: names, y: y + 3, width: Math.max(1, share * room), height: ROW - 8, class: "lepton-Bar" },
        tip(`${name}: ${percent}`),
      ),
      svg("text", { x: names + Math.max(1, share * room) + 6, y: y + 15 }, percent),
    ];
  });
  const done = view.trials.filter((trial) => trial.state === "finished").length;
  const few = trans.__("Of %1 finished trials the best tenth are few: take it as a hint.", done);
  const y = TOP + shown.length * ROW + 16;
  const note = done < ENOUGH ? [svg("text", { x: 4, y, class: "lepton-AxisNote" }, few)] : [];
  const text = shown.map(({ name, share }) => `${name} ${(share * 100).toFixed(0)} %`).join(", ");
  const title = svg("text", { x: 4, y: 14, class: "lepton-ChartTitle" }, trans.__("Importance (PED-ANOVA)"));
  title.append(
    tip(trans.__("How far the values of the best tenth of the trials lie from those of all: Watanabe et al. 2023")),
  );
  const height = TOP + shown.length * ROW + 24;
  const label = trans.__("importance of hyperparameters: %1", text);
  return svg("svg", { width, height, role: "img", "aria-label": label }, title, ...bars, ...note);
}
