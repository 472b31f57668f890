/**
 * The sidebar's place in the window. Enter: the kernel of the notebook in front; leaves: the sidebar, whose code is fetched when it is first looked at or a
 * kernel of Lepton is in front: a page of other kernels never loads it.
 */
import type { JupyterFrontEnd } from "@jupyterlab/application";
import { Signal } from "@lumino/signaling";
import { Panel } from "@lumino/widgets";
import type { KernelSource } from "../run/live.ts";
import { trans } from "../translation.ts";
import type { Sidebar } from "./sidebar.ts";

export class LazySidebar extends Panel {
  /** How many runs and studies are going on in the folder, whenever that may have changed. */
  readonly going = new Signal<this, number>(this);
  private sidebar: Promise<Sidebar> | null = null;
  private source: KernelSource | null = null;
  private stopListening: () => void = () => undefined;

  /** @param onTheme  calls back when the theme changed */
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly onTheme: (listener: () => void) => void,
  ) {
    super();
    this.id = "lepton-sidebar";
    this.addClass("lepton-SidebarPlace");
    this.title.caption = trans.__("Lepton: runs, studies, data sets, deployments");
  }

  /** List the folder of another notebook's kernel; null when no notebook is in front. */
  watch(source: KernelSource | null): void {
    this.source = source;
    this.stopListening();
    this.stopListening = () => undefined;
    if (this.sidebar) {
      void this.sidebar.then((sidebar) => sidebar.watch(this.source));
      return;
    }
    if (!source) return;
    this.stopListening = source.onChange(() => void this.lookAtKernel());
    void this.lookAtKernel();
  }

  protected override onBeforeShow(): void {
    void this.load();
  }

  private async lookAtKernel(): Promise<void> {
    const { source } = this;
    const info = await source?.kernel()?.info;
    if (info?.implementation === "lepton" && source === this.source) await this.load();
  }

  private load(): Promise<Sidebar> {
    this.sidebar ??= this.fill().catch((error: unknown) => {
      this.sidebar = null; // asked for again by the next notebook
      throw error;
    });
    return this.sidebar;
  }

  private async fill(): Promise<Sidebar> {
    this.stopListening();
    const [{ Sidebar }, { sidebarShell }] = await Promise.all([import("./sidebar.ts"), import("./shell.ts")]);
    const sidebar = new Sidebar(sidebarShell(this.app, this.onTheme));
    sidebar.going.connect((_sidebar, count) => this.going.emit(count));
    this.addWidget(sidebar);
    sidebar.watch(this.source);
    return sidebar;
  }
}
