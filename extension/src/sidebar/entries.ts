/** The sidebar's rows. Enter: what is listed and what its buttons do; leave: elements. Each button has a key, so that focus outlives a new listing. */

import type { ListedDataset, ListedDeployment, ListedRun, ListedStudy } from "../../../kernel/contract/listing.ts";
import { headlineMetric } from "../../../kernel/contract/metric-names.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { button, element } from "../run/dom.ts";
import { trans } from "../translation.ts";
import type { RunOrder } from "./run-order.ts";

export interface Actions {
  choose(run: ListedRun, chosen: boolean): void;
  showRun(run: ListedRun): void;
  copy(run: ListedRun): void;
  deploy(run: ListedRun): void;
  stopRun(run: ListedRun): void;
  showStudy(study: ListedStudy): void;
  stopStudy(study: ListedStudy): void;
  logs(deployment: ListedDeployment): void;
  stopDeployment(deployment: ListedDeployment): void;
}

export function isGoing(state: string): boolean {
  return state === "running" || state === "starting";
}

/** @param order  the metric that runs are ordered by is told of each */
export function runEntry(run: ListedRun, order: RunOrder, chosen: boolean, actions: Actions): HTMLLIElement {
  const metric = typeof run.metrics[order] === "number" ? order : headlineMetric(run.metrics);
  const result = metric === undefined ? "" : ` · ${metric} ${tick(run.metrics[metric]!)}`;
  const epochs = trans.__("epoch %1/%2", tick(Math.floor(run.epoch)), run.epochs);
  const item = entry(run.name, run.state, `${run.model} · ${epochs}${result}`);
  const choose = element("input", "");
  choose.type = "checkbox";
  choose.checked = chosen;
  choose.dataset["key"] = `${run.id} choose`;
  choose.setAttribute("aria-label", trans.__("compare %1 (%2)", run.name, run.id));
  choose.addEventListener("change", () => actions.choose(run, choose.checked));
  item.prepend(choose);
  const tags = run.notes?.tags ?? [];
  if (tags.length > 0)
    item.append(element("div", "lepton-Tags", ...tags.map((tag) => element("span", "lepton-Tag", tag))));
  const buttons = [
    action(run.id, trans.__("Show"), trans.__("Show the run %1", run.name), () => actions.showRun(run)),
    action(run.id, trans.__("Copy"), trans.__("Copy the magic that made %1: %2", run.name, run.source), () =>
      actions.copy(run),
    ),
  ];
  if (isGoing(run.state)) {
    const title = trans.__("Stop %1 at the next step, with a checkpoint", run.name);
    buttons.push(action(run.id, trans.__("Stop"), title, () => actions.stopRun(run)));
  } else if (run.state !== "failed") {
    buttons.push(
      action(run.id, trans.__("Deploy"), trans.__("Serve %1 over HTTP", run.name), () => actions.deploy(run)),
    );
  }
  item.append(element("div", "lepton-Actions", ...buttons));
  return item;
}

export function studyEntry(study: ListedStudy, actions: Actions): HTMLLIElement {
  const best = study.best === null ? "" : ` · ${study.metric} ${tick(study.best)}`;
  const item = entry(study.name, study.state, `${trans.__("%1/%2 trials", study.finished, study.planned)}${best}`);
  const buttons = [
    action(study.id, trans.__("Show"), trans.__("Show the study %1", study.name), () => actions.showStudy(study)),
  ];
  if (isGoing(study.state)) {
    const title = trans.__("Stop the study %1; its trials are kept", study.name);
    buttons.push(action(study.id, trans.__("Stop"), title, () => actions.stopStudy(study)));
  }
  item.append(element("div", "lepton-Actions", ...buttons));
  return item;
}

export function datasetEntry(set: ListedDataset): HTMLLIElement {
  return entry(set.name, set.task, `${trans.__("%1 rows", tick(set.rows))} · ${set.target} · ${set.source}`);
}

export function deploymentEntry(one: ListedDeployment, actions: Actions): HTMLLIElement {
  const item = entry(one.name, one.state, `v${one.version} · ${one.url}`);
  const buttons = [
    action(one.name, trans.__("Logs"), trans.__("The last lines that %1 wrote", one.name), () => actions.logs(one)),
  ];
  if (one.state === "running") {
    const title = trans.__("Stop %1; %lepton rollback starts it again", one.name);
    buttons.push(action(one.name, trans.__("Stop"), title, () => actions.stopDeployment(one)));
  }
  item.append(element("div", "lepton-Actions", ...buttons));
  return item;
}

function action(id: string, label: string, title: string, press: () => void): HTMLButtonElement {
  const made = button(label, title, press);
  made.dataset["key"] = `${id} ${label}`;
  made.setAttribute("aria-label", title);
  return made;
}

function entry(name: string, state: string, facts: string): HTMLLIElement {
  const badge = element("span", "lepton-State", kernelWord(state));
  badge.dataset["state"] = state;
  return element(
    "li",
    "lepton-Entry",
    element("span", "lepton-Name", name),
    " ",
    badge,
    element("div", "lepton-Facts", facts),
  );
}
