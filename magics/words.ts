/**
 * The text after `%lepton` ─► words with their places, as a shell would split it: blanks part words, quotes hold them together, and a word that
 * begins with [ or { goes on to its closing bracket, so that JSON can be typed as it is. Apart because running, completing and help all start here.
 */
export interface Word {
  /** Without its quotes. */
  readonly text: string;
  /** Places in the line, in UTF-16 units, quotes included. */
  readonly start: number;
  readonly end: number;
  /** True where it begins with a quote: then a minus at its begin makes no flag of it. */
  readonly quoted?: true;
  /** The quote or bracket that was never closed. */
  readonly unclosed?: string;
}

export function splitWords(line: string): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at]!)) {
      at++;
      continue;
    }
    const word = "[{".includes(line[at]!) ? bracketed(line, at) : plain(line, at);
    words.push(word);
    at = word.end;
  }
  return words;
}

function plain(line: string, start: number): Word {
  let text = "";
  let at = start;
  while (at < line.length && !/\s/.test(line[at]!)) {
    const quote = line[at]!;
    if (quote !== '"' && quote !== "'") {
      text += quote;
      at++;
      continue;
    }
    const part = quoted(line, at);
    text += part.text;
    at = part.end;
    if (part.unclosed) return { text, start, end: at, unclosed: quote };
  }
  return `"'`.includes(line[start]!) ? { text, start, end: at, quoted: true } : { text, start, end: at };
}

/** In double quotes a backslash keeps the next quote or backslash; in single quotes everything is as it stands. */
function quoted(line: string, start: number): { text: string; end: number; unclosed: boolean } {
  const quote = line[start]!;
  let text = "";
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === quote) return { text, end: at + 1, unclosed: false };
    if (quote === '"' && line[at] === "\\" && /["\\]/.test(line[at + 1] ?? "")) at++;
    text += line[at];
  }
  return { text, end: line.length, unclosed: true };
}

function bracketed(line: string, start: number): Word {
  let depth = 0;
  for (let at = start; at < line.length; at++) {
    if (line[at] === '"') at = quoted(line, at).end - 1;
    else if ("[{".includes(line[at]!)) depth++;
    else if ("]}".includes(line[at]!) && --depth === 0) {
      const rest = plain(line, at + 1);
      const end = at + 1 < line.length && !/\s/.test(line[at + 1]!) ? rest.end : at + 1;
      return { text: line.slice(start, end), start, end };
    }
  }
  return { text: line.slice(start), start, end: line.length, unclosed: line[start]! };
}
