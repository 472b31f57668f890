/**
 * The words of a card that do not depend on the run, in the reader's language. The kernel writes cards in English (they are read in saved notebooks and
 * exported too); the page looks its fixed words up. Names and values of the run pass as they are.
 */
import { trans } from "../translation.ts";

/** Titles and questions of every card; a test keeps them equal to what the kernel writes. */
export const cardWords: readonly string[] = [
  "Model Details",
  "Intended Use",
  "Factors",
  "Metrics",
  "Evaluation Data",
  "Training Data",
  "Quantitative Analyses",
  "Ethical Considerations",
  "Caveats and Recommendations",
  "License",
  "Under which license may the model be used?",
  "Contact",
  "Who answers questions about the model?",
  "Intended use",
  "What is the model for, and who is to use it?",
  "Out of scope",
  "What must it not be used for?",
  "Relevant factors",
  "Which groups, instruments or surroundings may change how well it works?",
  "Why these metrics",
  "Why do these metrics tell what matters here? Which decision threshold is used?",
  "Motivation",
  "Why was this data chosen for the evaluation? Is it like the data in use?",
  "Origin",
  "Where does the data come from, who is in it, how was it collected?",
  "By group",
  "How do the metrics differ between groups and their intersections?",
  "Ethical considerations",
  "Which risks and harms were thought of, what was done about them?",
  "Caveats and recommendations",
  "What else should a user know, what was not tested?",
  "Run",
  "Model",
  "Task",
  "Made",
  "Loss",
  "Optimizer",
  "Learning rate",
  "Epochs and batch size",
  "Class weights",
  "Early stopping",
  "Weights kept",
  "Seed",
  "Engine",
  "Versions",
  "Machine",
  "How to reproduce",
  "What is promised",
  "Positive class",
  "Decision threshold",
  "Data set",
  "Source",
  "Rows",
  "Test rows",
  "Validation rows",
  "Preparation",
  "Training rows",
  "Split",
  "Inputs",
  "Classes in training",
  "Columns",
  "Confusion matrix on test rows",
  "Intervals",
  "Measured by group",
  "Not finished",
  "Written by people",
  "What",
  "The same in both",
  "Sections",
  "difference",
  "metric",
  "test",
  "95 % interval",
  "class",
  "rows",
  "share",
  "column",
  "kind",
  "missing values",
  "categories",
  "true \\ predicted",
  "ROC curve on test rows",
  "ROC curve on validation rows",
  "Precision and recall on test rows",
  "Precision and recall on validation rows",
  "Calibration on test rows",
  "Calibration on validation rows",
  "false positive rate",
  "true positive rate",
  "recall",
  "precision",
  "mean predicted probability",
  "share of positives",
  "actual",
  "predicted",
];

/** Titles that hold a name or a number of the run. */
export const cardPatternWords: readonly string[] = [
  "Test metrics by %1, with 95 % intervals",
  "Predicted against actual %1 on test rows",
  "Predicted against actual %1 on validation rows",
  "validation (epoch %1)",
  "%1 (area %2)",
  "%1 (average precision %2)",
  "%1 (Brier score %2)",
  "%1 and %2",
];

const known = new Set(cardWords);
const patterns = cardPatternWords.map((words) => {
  const parts = words.split(/%\d/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return { words, form: new RegExp(`^${parts.join("(.+)")}$`, "s") };
});

/** Longer texts are no titles; looking for the parts of a pattern in them takes the square of their length. */
const MOST_LETTERS = 300;

export function cardWord(text: string): string {
  if (text.length > MOST_LETTERS) return text;
  if (known.has(text)) return trans.__(text);
  for (const { words, form } of patterns) {
    const found = form.exec(text);
    if (found) return trans.__(words, ...found.slice(1));
  }
  return text;
}

/** @param isMatrix  its columns are classes, which the run named: only the corner is the card's */
export function columnWords(columns: readonly string[], isMatrix: boolean): readonly string[] {
  return columns.map((column, at) => (isMatrix && at > 0 ? column : cardWord(column)));
}
