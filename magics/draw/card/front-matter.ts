/** Plain data ─► YAML between `---` lines. Only what a card's metadata holds: maps, lists, texts, finite numbers, booleans. */

export function frontMatter(metadata: Readonly<Record<string, unknown>>): string {
  return `---\n${mapLines(metadata, 0).join("\n")}\n---\n`;
}

/** A list of maps as a YAML file. */
export function yamlList(list: readonly Data[]): string {
  return `${listLines(list, 0).join("\n")}\n`;
}

type Data = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Data => typeof value === "object" && value !== null && !Array.isArray(value);

function mapLines(map: Data, depth: number): string[] {
  const room = "  ".repeat(depth);
  return Object.entries(map).flatMap(([key, value]) => {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return [`${room}${keyText(key)}:`, ...listLines(value, depth)];
    if (isMap(value)) return [`${room}${keyText(key)}:`, ...mapLines(value, depth + 1)];
    return [`${room}${keyText(key)}: ${scalar(value)}`];
  });
}

/** A list's dash stands at its key's depth; a map's first line follows the dash. */
function listLines(list: readonly unknown[], depth: number): string[] {
  const room = "  ".repeat(depth);
  return list.flatMap((value) => {
    if (!isMap(value)) return [`${room}- ${scalar(value)}`];
    const [first = "{}", ...rest] = mapLines(value, depth + 1);
    return [`${room}- ${first.trimStart()}`, ...rest];
  });
}

const keyText = (key: string): string => (/^[A-Za-z][\w-]*$/.test(key) ? key : JSON.stringify(key));

/** JSON's texts are YAML's double-quoted ones; words that YAML reads as words stay bare. */
function scalar(value: unknown): string {
  if (typeof value !== "string") return String(value);
  const isWord = /^[A-Za-z][\w.-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n|nan)$/i.test(value);
  return isWord ? value : JSON.stringify(value);
}
