/** How much room a text takes beside a drawing, in Latin letters: Chinese, Japanese and Korean letters and emoji are twice as wide. Pure, texts in and out. */

/** @source Unicode Standard Annex 11, East Asian Width: W and F by their blocks */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

export function lettersOf(text: string): number {
  let count = 0;
  for (const letter of text) count += wide.test(letter) ? 2 : 1;
  return count;
}

/** As much of a text as fits the room of `most` Latin letters; what was left out shows as …. */
export function cut(text: string, most: number): string {
  if (lettersOf(text) <= most) return text;
  let [kept, count] = ["", 1];
  for (const letter of text) {
    count += lettersOf(letter);
    if (count > most) break;
    kept += letter;
  }
  return `${kept}…`;
}
