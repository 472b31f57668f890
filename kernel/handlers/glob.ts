/** The patterns of a history search. Enters: a pattern as SQLite's GLOB takes it, which IPython searches with; leaves: a regular expression. */

/** `*`, `?`, `[abc]`, `[a-z]` and `[^a]`, of code points and of the whole text. A `[` that never closes matches nothing, as there. */
export function globPattern(glob: string): RegExp {
  const chars = [...glob];
  let text = "";
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char !== "[") {
      text += char === "*" ? "[^]*" : char === "?" ? "[^]" : literal(char);
      continue;
    }
    const set = setAt(chars, at + 1);
    if (!set) return /(?!)/;
    text += set.text;
    at = set.end;
  }
  return new RegExp(`^${text}$`, "u");
}

const literal = (char: string) => char.replace(/[\^$\\.*+?()[\]{}|/]/, "\\$&");

/** @param start behind the `[`. @returns undefined when no `]` closes it */
function setAt(chars: readonly string[], start: number): { readonly text: string; readonly end: number } | undefined {
  const isNot = chars[start] === "^";
  const first = isNot ? start + 1 : start;
  const end = chars.indexOf("]", first + 1); // one that stands first is a character of the set
  if (end < 0) return undefined;
  const parts: string[] = [];
  for (let at = first; at < end; at++) {
    const isRange = chars[at + 1] === "-" && at + 2 < end;
    const [low, high] = [chars[at]!, chars[isRange ? at + 2 : at]!];
    if (low.codePointAt(0)! <= high.codePointAt(0)!) parts.push(`${member(low)}-${member(high)}`);
    if (isRange) at += 2;
  }
  return { text: `[${isNot ? "^" : ""}${parts.join("")}]`, end };
}

const member = (char: string) => `\\u{${char.codePointAt(0)!.toString(16)}}`;
