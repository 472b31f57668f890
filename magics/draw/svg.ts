/**
 * SVG as text: elements from a name, attributes and children, every attribute and text escaped. The one place where markup is made of data
 * for pictures; knows nothing of charts.
 */

/** Markup that is already escaped. Only `element` and `textElement` make it. */
export interface Markup {
  readonly markup: string;
}

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Text that is safe in XML and HTML, in elements and in attributes. Characters that XML 1.0 forbids become U+FFFD. */
export function escapeMarkup(text: string): string {
  return text
    .replace(/(?![\t\n\r])\p{Cc}|\p{Cs}|[\uFFFE\uFFFF]/gu, "\uFFFD")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;");
}

/** A coordinate: at most one decimal, so that pictures stay small. */
export function coordinate(value: number): string {
  const text = value.toFixed(1);
  return text.includes(".") ? text.replace(/\.?0+$/, "").replace(/^-0$/, "0") : text;
}

function attributesText(attributes: Attributes): string {
  let text = "";
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    text += ` ${name}="${typeof value === "number" ? coordinate(value) : escapeMarkup(value)}"`;
  }
  return text;
}

export function element(name: string, attributes: Attributes, children: readonly Markup[] = []): Markup {
  const inside = children.map((child) => child.markup).join("");
  const start = `<${name}${attributesText(attributes)}`;
  return { markup: inside === "" ? `${start}/>` : `${start}>${inside}</${name}>` };
}

export function textElement(text: string, attributes: Attributes): Markup {
  return { markup: `<text${attributesText(attributes)}>${escapeMarkup(text)}</text>` };
}

/** A description for screen readers and for the browser's tooltip. */
export function titleElement(text: string): Markup {
  return { markup: `<title>${escapeMarkup(text)}</title>` };
}

const fonts =
  "Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";

/** The whole picture on an opaque white background, so that it reads in dark themes too. */
export function picture(width: number, height: number, title: string, children: readonly Markup[]): string {
  const background = element("rect", { width, height, fill: "#ffffff" });
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "font-family": fonts,
      "font-size": 12,
      fill: "#1f2933",
    },
    [titleElement(title), background, ...children],
  ).markup;
}
