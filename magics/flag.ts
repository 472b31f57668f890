/** How specs are spelt for people. */

/** An option's two spellings: `learningRate` in code, `--learning-rate` in a magic. */
export const flagOf = (option: string): string =>
  `--${option.replaceAll(/[A-Z0-9]+/g, (part, at: number) => (/\d/.test(part) || at === 0 ? part : `-${part.toLowerCase()}`))}`;

/** An example is written with or without the leading `%lepton`; one in code stays as it is. */
export const exampleText = (example: string): string =>
  /^(%|lepton\.|await |const )/.test(example) ? example : `%lepton ${example}`;
