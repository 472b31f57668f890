/**
 * The one table of what can go wrong for a user. Enters: a code and a sentence; leaves: an error every layer knows how to show.
 * A message says the law, then the value that came, then the remedy (STYLE.md 6). A code is for what a user can cause or fix;
 * our own bugs are plain Errors.
 */
export const errorCodes = {
  LEPTON_VERB_UNKNOWN: "the word after %lepton is not a verb",
  LEPTON_OPTION_UNKNOWN: "the verb has no such option",
  LEPTON_OPTION_VALUE: "an option's value has the wrong type or is not one of its choices",
  LEPTON_OPTION_RANGE: "an option's number is outside its range",
  LEPTON_OPTION_MISSING: "a required argument or option is missing",
  LEPTON_NAME_UNKNOWN: "no variable, run, study or deployment has that name",
  LEPTON_NAME_INVALID: "a name cannot be used where it was given",
  LEPTON_FILE_MISSING: "a file does not exist or cannot be read",
  LEPTON_FILE_FORMAT: "a file is not of a format that a source can read",
  LEPTON_DATA_EMPTY: "a table has no rows or no usable columns",
  LEPTON_ROW_BAD: "a row of a file cannot be read as the other rows were",
  LEPTON_COLUMN_UNKNOWN: "the table has no column of that name",
  LEPTON_COLUMN_MISSING: "rows lack a column that the plan needs",
  LEPTON_COLUMN_TYPE: "a column's values do not fit its kind",
  LEPTON_TARGET: "the target column cannot be learnt (one class, only missing values, ...)",
  LEPTON_SHAPE: "shapes of tensors do not fit together",
  LEPTON_MODEL: "a model or a loss cannot be built",
  LEPTON_CAPTURE: "a cell's function uses a variable that cannot travel to the run's process",
  LEPTON_ENGINE_NONE: "no engine can run here",
  LEPTON_ENGINE_OP: "an engine lacks an operator",
  LEPTON_DEVICE: "a device does not exist or cannot be used",
  LEPTON_MEMORY: "memory ran out",
  LEPTON_DOWNLOAD: "a file could not be fetched",
  LEPTON_DISK: "the disk is full or cannot be written",
  LEPTON_RUN_FAILED: "a run's process ended with an error",
  LEPTON_RUN_STATE: "a run is not in the state that the verb needs",
  LEPTON_CHECKPOINT: "a checkpoint or a weight file is damaged or does not fit",
  LEPTON_NOT_FINITE: "a loss or a weight became NaN or infinite",
  LEPTON_STUDY: "a study's journal or space cannot be used",
  LEPTON_DEPLOY: "a deployment could not be started, reached or stopped",
  LEPTON_REQUEST: "a request to a deployment was refused",
  LEPTON_TOKEN: "a request to a deployment came without its token",
  LEPTON_BUSY: "a deployment has more requests waiting than it takes",
  LEPTON_PLUGIN: "a plugin is malformed or clashes with another",
  LEPTON_INTERRUPTED: "the user interrupted the work; nothing is lost",
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** An error that a user can cause or fix. `message` is complete by itself: law, value, remedy. */
export class LeptonError extends Error {
  override readonly name = "LeptonError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** True for our own user-facing errors, also when they crossed a worker or a process as plain objects. */
export function isLeptonError(error: unknown): error is LeptonError {
  return (
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    typeof error.code === "string" &&
    error.code in errorCodes
  );
}
