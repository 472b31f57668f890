/**
 * The sidebar: what the folder of the notebook in front holds. It asks that notebook's kernel (kernel/contract/listing.ts) and draws its answer:
 * runs with search and comparison, studies, data sets, deployments.
 */
import type { Kernel } from "@jupyterlab/services";
import type { TranslationBundle } from "@jupyterlab/translation";
import { Signal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import { LISTING_TARGET, type ListedRun, type Listing } from "../../../kernel/contract/listing.ts";
import { button, element, table } from "../run/dom.ts";
import type { KernelSource } from "../run/live.ts";
import { tick } from "../run/plot.ts";
import { differences } from "./compare.ts";
import { checkListing } from "./listing-check.ts";
import { matches, parseQuery } from "./query.ts";

const RETRY_MS = 2000;

export class Sidebar extends Widget {
  private readonly search = element("input", "lepton-Filter");
  private readonly body = element("div", "lepton-SidebarBody");
  private readonly compared = element("div", "lepton-Compared");
  private readonly chosen = new Set<string>();
  private listing: Listing | null = null;
  private comm: Kernel.IComm | null = null;
  private source: KernelSource | null = null;
  private stopListening: () => void = () => undefined;
  /** How many runs and studies are going on in the folder, whenever that may have changed. */
  readonly going = new Signal<this, number>(this);

  constructor(private readonly trans: TranslationBundle) {
    super();
    this.id = "lepton-sidebar";
    this.addClass("lepton-Sidebar");
    this.title.caption = trans.__("Lepton: runs, studies, data sets, deployments");
    this.search.type = "search";
    this.search.placeholder = trans.__("name, state, auc > 0.8");
    this.search.setAttribute("aria-label", trans.__("search runs"));
    this.search.addEventListener("input", () => this.draw());
    this.node.append(element("h2", "lepton-SidebarTitle", "Lepton"), this.search, this.body, this.compared);
    this.draw();
  }

  /** List the folder of another notebook's kernel; null when no notebook is in front. */
  watch(source: KernelSource | null): void {
    if (source === this.source) return;
    this.stopListening();
    this.source = source;
    this.stopListening = source?.onChange(() => this.open()) ?? (() => undefined);
    this.open();
  }

  override dispose(): void {
    this.stopListening();
    this.drop();
    super.dispose();
  }

  private open(): void {
    this.drop();
    this.listing = null;
    const kernel = this.source?.kernel();
    this.draw();
    if (!kernel || kernel.isDisposed) return;
    void kernel.info.then((info) => {
      // Other kernels know no such comm.
      if (info.implementation !== "lepton" || kernel.isDisposed || this.source?.kernel() !== kernel || this.comm)
        return;
      const comm = kernel.createComm(LISTING_TARGET);
      comm.onMsg = (message) => {
        this.listing = checkListing(message.content.data) ?? this.listing;
        this.draw();
      };
      // A kernel that has just started may not know the target yet: ask again.
      comm.onClose = () => {
        if (this.comm !== comm) return;
        this.comm = null;
        setTimeout(() => !this.comm && this.source?.kernel() === kernel && this.open(), RETRY_MS);
      };
      this.comm = comm;
      comm.open({});
    });
  }

  private drop(): void {
    const comm = this.comm;
    this.comm = null;
    if (comm && !comm.isDisposed) comm.dispose();
  }

  private draw(): void {
    const listing = this.listing;
    this.going.emit(listing ? countGoing(listing) : 0);
    this.search.hidden = listing === null;
    if (!listing) {
      const hint = this.trans.__(
        "Open a notebook with a running Lepton kernel to see the runs, studies and deployments of its folder.",
      );
      this.body.replaceChildren(element("p", "lepton-Hint", hint));
      this.compared.replaceChildren();
      return;
    }
    const query = parseQuery(this.search.value);
    const runs = listing.runs.filter((run) => matches(run, query));
    this.body.replaceChildren(
      this.section(
        this.trans.__("Runs"),
        runs.map((run) => this.run(run)),
      ),
      this.section(
        this.trans.__("Studies"),
        listing.studies.map((study) => {
          const best = study.best === null ? "" : ` · ${study.metric} ${tick(study.best)}`;
          return entry(study.name, study.state, `${study.finished}/${study.planned} trials${best}`);
        }),
      ),
      this.section(
        this.trans.__("Data sets"),
        listing.datasets.map((set) =>
          entry(set.name, set.task, `${tick(set.rows)} rows · ${set.target} · ${set.source}`),
        ),
      ),
      this.section(
        this.trans.__("Deployments"),
        listing.deployments.map((one) => entry(one.name, one.state, `v${one.version} · ${one.url}`)),
      ),
    );
    this.drawComparison(listing.runs.filter((run) => this.chosen.has(run.id)));
  }

  private section(title: string, entries: readonly HTMLElement[]): HTMLElement {
    const list = element("ul", "lepton-List", ...entries);
    const shown = element(
      "details",
      "lepton-SidebarSection",
      element("summary", "", `${title} (${entries.length})`),
      list,
    );
    shown.open = entries.length > 0;
    return shown;
  }

  private run(run: ListedRun): HTMLElement {
    const choose = element("input", "");
    choose.type = "checkbox";
    choose.checked = this.chosen.has(run.id);
    choose.setAttribute("aria-label", `${this.trans.__("compare")} ${run.name}`);
    choose.addEventListener("change", () => {
      if (choose.checked) this.chosen.add(run.id);
      else this.chosen.delete(run.id);
      this.draw();
    });
    const metric = ["rocAuc", "roc_auc", "accuracy", "r2", "loss"].find(
      (name) => typeof run.metrics[name] === "number",
    );
    const result = metric === undefined ? "" : ` · ${metric} ${tick(run.metrics[metric]!)}`;
    const item = entry(
      run.name,
      run.state,
      `${run.model} · epoch ${tick(Math.floor(run.epoch))}/${run.epochs}${result}`,
    );
    item.prepend(choose);
    const copy = button(this.trans.__("Copy"), `${this.trans.__("Copy the magic that made it")}: ${run.source}`, () => {
      void navigator.clipboard.writeText(run.source);
    });
    const actions = element("div", "lepton-Actions", copy);
    if (isGoing(run.state)) {
      const stop = () => this.comm?.send({ type: "stopRun", run: run.id });
      actions.append(button(this.trans.__("Stop"), this.trans.__("Stop at the next step, with a checkpoint"), stop));
    }
    item.append(actions);
    return item;
  }

  private drawComparison(runs: readonly ListedRun[]): void {
    if (runs.length < 2) {
      this.compared.replaceChildren();
      return;
    }
    const rows = differences(runs).map(({ name, values }) => [
      name,
      ...values.map((value) => (typeof value === "number" ? tick(value) : value)),
    ]);
    this.compared.replaceChildren(table(this.trans.__("What differs"), ["", ...runs.map((run) => run.name)], rows));
  }
}

function isGoing(state: string): boolean {
  return state === "running" || state === "starting";
}

function countGoing({ runs, studies }: Listing): number {
  return [...runs, ...studies].filter((one) => isGoing(one.state)).length;
}

function entry(name: string, state: string, facts: string): HTMLLIElement {
  const badge = element("span", "lepton-State", state);
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
