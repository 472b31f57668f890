/** Elements built from data as text only, never as markup: nothing in a run's name or a class's name can become an element. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...content);
  return node;
}

export function button(label: string, title: string, onClick: () => void): HTMLButtonElement {
  const node = element("button", "lepton-Button", label);
  node.type = "button";
  node.title = title;
  node.addEventListener("click", onClick);
  return node;
}

/** How much lines are smoothed: 0 to below 1. */
export function slider(start: number, onChange: (value: number) => void): HTMLInputElement {
  const node = element("input", "lepton-Slider");
  Object.assign(node, { type: "range", min: "0", max: "0.99", step: "0.01", value: String(start) });
  node.addEventListener("input", () => onChange(Number(node.value)));
  return node;
}

/** A table with a header row and, in each row, a header cell first. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): HTMLTableElement {
  const top = element("tr", "", ...head.map((text) => columnHeader(text)));
  const body = rows.map(([first = "", ...rest]) => {
    const name = element("th", "", first);
    name.scope = "row";
    return element("tr", "", name, ...rest.map((text) => element("td", "", text)));
  });
  return element(
    "table",
    "lepton-Table",
    element("caption", "", caption),
    element("thead", "", top),
    element("tbody", "", ...body),
  );
}

function columnHeader(text: string): HTMLTableCellElement {
  const cell = element("th", "", text);
  cell.scope = "col";
  return cell;
}

/** What may be wider than its place scrolls by itself (a style's overflow-x), by the keyboard too. */
export function scrolled<E extends HTMLElement>(label: string, node: E): E {
  node.tabIndex = 0;
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", label);
  return node;
}

/** Hand the reader a file. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = element("a", "");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
