/** SVG elements made of data as attributes and text only, never as markup; their colours come from the style sheet, so that a theme switch needs no redrawing. */

export type Attributes = Readonly<Record<string, string | number | undefined>>;

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes,
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(name, typeof value === "number" ? coordinate(value) : value);
  }
  node.append(...children);
  return node;
}

/** A coordinate with at most two decimals. */
export function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The browser's tooltip, and what a screen reader says of the element. */
export function tip(text: string): SVGTitleElement {
  return svg("title", {}, text);
}

/** A path through points; it breaks where a point is null. */
export function pathOf(points: readonly (readonly [number, number] | null)[]): string {
  let path = "";
  let open = false;
  for (const point of points) {
    if (point) path += `${open ? "L" : "M"}${coordinate(point[0])} ${coordinate(point[1])}`;
    open = point !== null;
  }
  return path;
}

/** A mark whose shape says the state too, for readers who do not tell colours apart. */
export function mark(state: string, x: number, y: number, title: string, best = false): SVGElement {
  const d = best ? star(x, y, 7) : (shapes[state] ?? circle)(x, y);
  return svg(
    "path",
    { d, class: best ? "lepton-Mark lepton-MarkBest" : "lepton-Mark", "data-state": state },
    tip(title),
  );
}

type Shape = (x: number, y: number) => string;
const circle: Shape = (x, y) => `M${coordinate(x - 3.5)} ${coordinate(y)}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0`;
const cross: Shape = (x, y) => `M${coordinate(x - 3.5)} ${coordinate(y - 3.5)}l7 7m0 -7l-7 7`;
const triangle: Shape = (x, y) => `M${coordinate(x - 4)} ${coordinate(y - 3)}h8l-4 7z`;
const square: Shape = (x, y) => `M${coordinate(x - 3)} ${coordinate(y - 3)}h6v6h-6z`;
const shapes: Readonly<Record<string, Shape>> = { failed: cross, pruned: triangle, stopped: square };

function star(x: number, y: number, radius: number): string {
  const points = Array.from({ length: 10 }, (_, index) => {
    const angle = (index * Math.PI) / 5 - Math.PI / 2;
    const size = index % 2 === 0 ? radius : radius * 0.42;
    return `${coordinate(x + size * Math.cos(angle))} ${coordinate(y + size * Math.sin(angle))}`;
  });
  return `M${points.join("L")}Z`;
}
