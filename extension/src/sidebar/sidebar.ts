/**
 * The sidebar: what the folder of the notebook in front holds. It asks that notebook's kernel (kernel/contract/listing.ts) and draws its answer: data
 * sets, runs, studies and deployments, with one search for all; chosen runs are compared, and each entry has the buttons for what can be done with it.
 */
import { Signal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import type { ListedRun, Listing, ListingAnswer } from "../../../kernel/contract/listing.ts";
import { matchesQuery, parseRunQuery, type RunQuery, type SearchedRun } from "../../../kernel/contract/run-query.ts";
import { checkComparison } from "../compare/view-check.ts";
import { element } from "../run/dom.ts";
import type { KernelSource } from "../run/live.ts";
import { checkRunView } from "../run/view-check.ts";
import { checkStudyView } from "../study/view-check.ts";
import { trans } from "../translation.ts";
import { Choice } from "./choice.ts";
import { comparedRuns } from "./compared.ts";
import { type Actions, datasetEntry, deploymentEntry, isGoing, runEntry, studyEntry } from "./entries.ts";
import { ListingComm, type Wish } from "./listing-comm.ts";
import { OrderChoice } from "./order-choice.ts";
import { inOrder } from "./run-order.ts";
import { searchedDataset, searchedDeployment, searchedRun, searchedStudy } from "./search.ts";
import type { ShownPanel, SidebarShell } from "./shell.ts";

/** How long until a window whose runs go on is brought up to date. */
const AGAIN_MS = 2000;

export class Sidebar extends Widget {
  private readonly search = element("input", "lepton-Filter");
  private readonly told = element("p", "lepton-Told");
  private readonly body = element("div", "lepton-SidebarBody");
  private readonly chosen = new Set<string>();
  private readonly closed = new Set<string>();
  private readonly choice = new Choice({
    compare: () => void this.compare(),
    everyone: () => {
      for (const run of this.foundRuns()) this.chosen.add(run.id);
      this.draw();
    },
    clear: () => {
      this.chosen.clear();
      this.draw();
    },
  });
  private readonly order = new OrderChoice(() => this.draw());
  private readonly comm = new ListingComm((listing) => this.take(listing));
  private listing: Listing | null = null;
  private source: KernelSource | null = null;
  /** How many runs and studies are going on in the folder, whenever that may have changed. */
  readonly going = new Signal<this, number>(this);

  constructor(private readonly shell: SidebarShell) {
    super();
    this.addClass("lepton-Sidebar");
    this.search.type = "search";
    this.search.placeholder = trans.__("name, tag:best, auc > 0.8");
    this.search.setAttribute("aria-label", trans.__("search runs, studies, data sets and deployments"));
    this.search.addEventListener("input", () => this.draw());
    this.told.setAttribute("role", "status");
    this.node.append(
      element("h2", "lepton-SidebarTitle", "Lepton"),
      this.search,
      this.order.node,
      this.choice.node,
      this.told,
      this.body,
    );
    this.draw();
  }

  /** List the folder of another notebook's kernel; null when no notebook is in front. */
  watch(source: KernelSource | null): void {
    this.source = source;
    this.comm.watch(source);
  }

  override dispose(): void {
    this.comm.close();
    super.dispose();
  }

  private take(listing: Listing | null): void {
    this.listing = listing;
    this.draw();
  }

  private draw(): void {
    const { listing } = this;
    this.going.emit(listing ? [...listing.runs, ...listing.studies].filter((one) => isGoing(one.state)).length : 0);
    this.search.hidden = listing === null;
    this.choice.node.hidden = listing === null;
    this.order.node.hidden = listing === null;
    if (!listing) {
      const hint = trans.__(
        "Open a notebook with a running Lepton kernel to see the runs, studies and deployments of its folder.",
      );
      this.body.replaceChildren(element("p", "lepton-Hint", hint));
      return;
    }
    const focused = this.body.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset["key"]
      : undefined;
    const query = parseRunQuery(this.search.value);
    this.order.offer(listing.runs);
    const { order } = this.order;
    const runs = inOrder(this.foundRuns(), order);
    this.choice.show(listing.runs.filter((run) => this.chosen.has(run.id)).length);
    this.body.replaceChildren(
      this.section(
        "runs",
        trans.__("Runs"),
        runs.map((run) => runEntry(run, order, this.chosen.has(run.id), this.actions)),
      ),
      this.section(
        "studies",
        trans.__("Studies"),
        found(listing.studies, searchedStudy, query).map((one) => studyEntry(one, this.actions)),
      ),
      this.section(
        "datasets",
        trans.__("Data sets"),
        found(listing.datasets, searchedDataset, query).map(datasetEntry),
      ),
      this.section(
        "deployments",
        trans.__("Deployments"),
        found(listing.deployments, searchedDeployment, query).map((one) => deploymentEntry(one, this.actions)),
      ),
    );
    if (focused)
      [...this.body.querySelectorAll<HTMLElement>("[data-key]")].find((one) => one.dataset["key"] === focused)?.focus();
  }

  private foundRuns(): readonly ListedRun[] {
    return found(this.listing?.runs ?? [], searchedRun, parseRunQuery(this.search.value));
  }

  private section(key: string, title: string, entries: readonly HTMLElement[]): HTMLElement {
    const list = element("ul", "lepton-List", ...entries);
    const shown = element(
      "details",
      "lepton-SidebarSection",
      element("summary", "", `${title} (${entries.length})`),
      list,
    );
    shown.querySelector("summary")!.dataset["key"] = `section ${key}`;
    shown.open = entries.length > 0 && !this.closed.has(key);
    shown.addEventListener("toggle", () => {
      if (shown.open) this.closed.delete(key);
      else if (entries.length > 0) this.closed.add(key);
    });
    return shown;
  }

  private readonly actions: Actions = {
    choose: (run, chosen) => {
      if (chosen) this.chosen.add(run.id);
      else this.chosen.delete(run.id);
      this.draw();
    },
    showRun: (run) => void this.showRun(run.id, run.name),
    copy: (run) => {
      this.shell.copy(run.source);
      this.say(trans.__("The magic that made %1 is in the clipboard.", run.name));
    },
    deploy: (run) => void this.deploy(run),
    stopRun: (run) => void this.ask({ type: "stopRun", run: run.id }),
    showStudy: (study) => void this.showStudy(study.id, study.name),
    stopStudy: (study) => void this.ask({ type: "stopStudy", study: study.id }),
    logs: (one) => void this.logs(one.name),
    stopDeployment: (one) => void this.ask({ type: "stopDeployment", name: one.name }),
  };

  private say(text: string): void {
    this.told.textContent = text;
  }

  /** Ask the kernel and say what came of it; null where it could not be done. */
  private async ask(wish: Wish) {
    this.say(trans.__("…"));
    const answer = await this.comm.ask(wish);
    this.say(answer.fault ?? answer.text);
    return answer.fault === null ? answer : null;
  }

  private async deploy(run: ListedRun): Promise<void> {
    const proposal =
      run.dataset
        .toLowerCase()
        .replace(/[^a-z0-9._-]+/g, "-")
        .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "") || "model";
    const label = trans.__("Name of the deployment: small letters, digits, - _ .");
    const name = await this.shell.askName(trans.__("Deploy %1", run.name), label, proposal);
    if (name !== null) await this.ask({ type: "deploy", run: run.id, name });
  }

  private async logs(name: string): Promise<void> {
    const answer = await this.ask({ type: "logs", name });
    if (!answer) return;
    this.say("");
    await this.shell.read(trans.__("Log of %1", name), answer.text);
  }

  private async compare(): Promise<void> {
    const { ids, told } = comparedRuns(this.listing?.runs ?? [], this.chosen);
    const { ComparisonPanel } = await import("../compare/panel.ts");
    await this.window({
      wish: { type: "compare", runs: ids },
      told,
      id: "lepton-comparison",
      title: trans.__("Compared runs"),
      panel: new ComparisonPanel(),
      check: (answer) => checkComparison(answer.comparison),
      goesOn: (view) => view.runs.some((run) => isGoing(run.state)),
    });
  }

  /** The run's own panel: what comes after the answer it follows by itself. */
  private async showRun(id: string, name: string): Promise<void> {
    const { RunPanel } = await import("../run/panel.ts");
    await this.window({
      wish: { type: "run", run: id },
      id: `lepton-run-${id}`,
      title: name,
      panel: new RunPanel({ kernel: this.source, pin: null, renew: null }),
      check: (answer) => checkRunView(answer.run),
      goesOn: () => false,
    });
  }

  private async showStudy(id: string, name: string): Promise<void> {
    const { StudyPanel } = await import("../study/panel.ts");
    await this.window({
      wish: { type: "study", study: id },
      id: `lepton-study-${id}`,
      title: name,
      panel: new StudyPanel(),
      check: (answer) => checkStudyView(answer.study),
      goesOn: (view) => isGoing(view.state),
    });
  }

  /** A window with what the kernel answers, asked for again while it goes on and the window is there. */
  private async window<V>(shown: ShownWindow<V>): Promise<void> {
    const { wish, id, title, panel, check, goesOn, told = "" } = shown;
    const { source } = this;
    const first = await this.ask(wish);
    if (!first) return panel.dispose();
    let checked = check(first);
    if ("refused" in checked) {
      panel.dispose();
      this.say(checked.refused);
      return;
    }
    panel.show(checked.view);
    const isOpen = this.shell.open(id, title, panel);
    if (told) this.say(told);
    while (goesOn(checked.view)) {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      if (!isOpen()) return;
      if (this.source !== source) continue; // another notebook is in front: its kernel knows other runs
      const answer = await this.comm.ask(wish);
      if (!isOpen()) return;
      if (answer.fault !== null) continue;
      checked = check(answer);
      if ("refused" in checked) return;
      panel.show(checked.view);
    }
  }
}

/** What came of a request that could be done. */
type Done = Extract<ListingAnswer, { fault: null }>;

interface ShownWindow<V> {
  readonly wish: Wish;
  readonly id: string;
  readonly title: string;
  readonly panel: ShownPanel & { show(view: V): void };
  /** What there is to say of it. */
  readonly told?: string;
  check(answer: Done): { readonly view: V } | { readonly refused: string };
  goesOn(view: V): boolean;
}

function found<T>(all: readonly T[], searched: (one: T) => SearchedRun, query: RunQuery): readonly T[] {
  return all.filter((one) => matchesQuery(searched(one), query));
}
