/**
 * Comms: two-way channels with the page. Enters: comm messages by the wire, and calls of cells and magics; leaves: comm_open, comm_msg,
 * comm_close. A listener runs as a cell of its own whose parent is the comm message, as ipykernel has it: the page that sent the message says where what
 * the listener prints, shows and sends belongs (a widget's callbacks), also after an await. What a cell sends has that cell as its parent.
 */
import { randomUUID } from "node:crypto";
import type { Comm } from "@lepton/contract";
import { Cell, currentCell, runInCell } from "../cells/cell.ts";
import type { Output } from "../cells/output.ts";
import type { CommEvent } from "../wire/link.ts";
import { plainJson } from "./bundle.ts";

type Target = (comm: Comm, data: unknown) => void;

interface Entry {
  readonly comm: Comm;
  readonly cell: Cell | undefined;
  readonly onMessage: ((data: unknown, buffers: readonly Uint8Array[]) => void)[];
  readonly onClose: (() => void)[];
}

const json = (data: unknown) => plainJson(data ?? {}, "A comm's message");

export class Comms {
  readonly #output: Output;
  readonly #targets = new Map<string, Target>();
  readonly #entries = new Map<string, Entry>();

  constructor(output: Output) {
    this.#output = output;
  }

  register(target: string, open: Target): void {
    this.#targets.set(target, open);
  }

  open(target: string, data: unknown): Comm {
    const entry = this.#create(randomUUID(), target, currentCell());
    this.#publish("comm_open", entry, { target_name: target, data: json(data) });
    return entry.comm;
  }

  /** A message from the page. Never rejects for an unknown comm: the page may be older than this kernel. */
  receive(event: CommEvent): void {
    const cell = new Cell(event.parent, "", { shown: true, allowStdin: false });
    if (event.action === "open") return this.#opened(event, cell);
    const entry = this.#entries.get(event.id);
    if (!entry) return;
    if (event.action === "close") this.#entries.delete(event.id);
    const listeners = event.action === "close" ? entry.onClose : entry.onMessage;
    runInCell(cell, () => {
      for (const listener of listeners) listener(event.data, event.buffers);
    });
  }

  #opened(event: CommEvent, cell: Cell): void {
    const open = this.#targets.get(event.target);
    const entry = this.#create(event.id, event.target, cell);
    if (open) return runInCell(cell, () => open(entry.comm, event.data));
    this.#entries.delete(event.id);
    this.#publish("comm_close", entry, { data: {} });
  }

  #create(id: string, target: string, cell: Cell | undefined): Entry {
    const onMessage: Entry["onMessage"] = [];
    const onClose: Entry["onClose"] = [];
    const comm: Comm = {
      id,
      target,
      send: (data) => this.#publish("comm_msg", entry, { data: json(data) }),
      onMessage: (listener) => onMessage.push(listener),
      onClose: (listener) => onClose.push(listener),
      close: (data) => {
        if (this.#entries.delete(id)) this.#publish("comm_close", entry, { data: json(data) });
      },
    };
    const entry: Entry = { comm, cell, onMessage, onClose };
    this.#entries.set(id, entry);
    return entry;
  }

  #publish(type: string, entry: Entry, content: Record<string, unknown>): void {
    const parent = (currentCell() ?? entry.cell)?.parent;
    this.#output.publish({ type, content: { comm_id: entry.comm.id, ...content }, parent });
  }
}
