/**
 * Two texts line by line: "- " before lines of the first only, "+ " before lines of the second only, "  " before common ones.
 * @source the longest common subsequence by dynamic programming, as in Hunt and McIlroy 1976 without their speed-ups
 */

/** Above this many cells of the table the texts are shown one after the other. */
const mostCells = 4_000_000;

export function lineDiff(first: string, second: string): string {
  const [a, b] = [first.split("\n"), second.split("\n")];
  if (a.length * b.length > mostCells)
    return [...a.map((line) => `- ${line}`), ...b.map((line) => `+ ${line}`)].join("\n");
  const common = commonLengths(a, b);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i++]}`);
      j++;
    } else if (j >= b.length || (i < a.length && common[i + 1]![j]! >= common[i]![j + 1]!)) lines.push(`- ${a[i++]}`);
    else lines.push(`+ ${b[j++]}`);
  }
  return lines.join("\n");
}

/** Length of the longest common subsequence of a[i..] and b[j..], by [i][j]. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i]![j] = a[i] === b[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  return lengths;
}
