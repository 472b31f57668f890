/** The Debug Adapter Protocol as JupyterLab speaks it in debug_request: only the shapes that we read and write. Lines and columns from 1. */

export interface DapRequest {
  readonly seq: number;
  readonly type: "request";
  readonly command: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface DapResponse {
  readonly seq: number;
  readonly type: "response";
  readonly request_seq: number;
  readonly success: boolean;
  readonly command: string;
  readonly message?: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DapEvent {
  readonly seq: number;
  readonly type: "event";
  readonly event: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DapVariable {
  readonly name: string;
  readonly value: string;
  /** An expression for the same value. */
  readonly evaluateName?: string;
  /** Asks for its members; 0 for none. */
  readonly variablesReference: number;
}

/** Our one thread: the one that runs cells. */
export const threadId = 1;

/** What `initialize` answers. */
export const capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsEvaluateForHovers: true,
  supportsModulesRequest: true,
  supportsSetExpression: false,
  supportsTerminateRequest: false,
  exceptionBreakpointFilters: [
    { filter: "all", label: "Every exception", default: false },
    { filter: "uncaught", label: "Uncaught exceptions", default: false },
  ],
} as const;

/** A request as a client sent it; anything missing is empty, so that a malformed one is refused by its command. */
export function dapRequest(content: Readonly<Record<string, unknown>>): DapRequest {
  const given = content.arguments;
  return {
    seq: typeof content.seq === "number" ? content.seq : 0,
    type: "request",
    command: String(content.command ?? ""),
    arguments: typeof given === "object" && given !== null ? (given as Record<string, unknown>) : {},
  };
}
