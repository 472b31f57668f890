/** An inspector session from the wire's thread to the main thread, as promises. Enters: methods; leaves: their answers, and the two events we follow. */

import type { Runtime } from "node:inspector";
import { type Debugger, Session } from "node:inspector";

interface Methods {
  "Debugger.enable": [undefined, unknown];
  "Debugger.disable": [undefined, unknown];
  "Debugger.pause": [undefined, unknown];
  "Debugger.resume": [{ readonly terminateOnResume?: boolean } | undefined, unknown];
  "Debugger.stepInto": [undefined, unknown];
  "Debugger.stepOver": [undefined, unknown];
  "Debugger.stepOut": [undefined, unknown];
  "Debugger.setSkipAllPauses": [Debugger.SetSkipAllPausesParameterType, unknown];
  "Debugger.setPauseOnExceptions": [Debugger.SetPauseOnExceptionsParameterType, unknown];
  "Debugger.setBlackboxPatterns": [Debugger.SetBlackboxPatternsParameterType, unknown];
  "Debugger.setBreakpointByUrl": [Debugger.SetBreakpointByUrlParameterType, Debugger.SetBreakpointByUrlReturnType];
  "Debugger.removeBreakpoint": [Debugger.RemoveBreakpointParameterType, unknown];
  "Debugger.evaluateOnCallFrame": [Debugger.EvaluateOnCallFrameParameterType, Debugger.EvaluateOnCallFrameReturnType];
  /** V8 takes names declared again in `replMode`; Node's types do not know it. */
  "Runtime.evaluate": [Runtime.EvaluateParameterType & { replMode?: boolean }, Runtime.EvaluateReturnType];
  "Runtime.getProperties": [Runtime.GetPropertiesParameterType, Runtime.GetPropertiesReturnType];
  "Runtime.callFunctionOn": [Runtime.CallFunctionOnParameterType, Runtime.CallFunctionOnReturnType];
  "Runtime.globalLexicalScopeNames": [
    Runtime.GlobalLexicalScopeNamesParameterType,
    Runtime.GlobalLexicalScopeNamesReturnType,
  ];
  "Runtime.releaseObjectGroup": [Runtime.ReleaseObjectGroupParameterType, unknown];
}

/** Most methods are answered only when the main thread is idle or paused. */
const patienceMs = 2000;

export class Inspector {
  readonly #session = new Session();
  /** Script ─► URL: V8 leaves the URL of a frame empty. */
  readonly #urls = new Map<string, string>();

  constructor(onPaused: (event: Debugger.PausedEventDataType) => void, onResumed: () => void) {
    this.#session.connectToMainThread();
    this.#session.on("Debugger.paused", ({ params }) => onPaused(params));
    this.#session.on("Debugger.resumed", onResumed);
    this.#session.on("Debugger.scriptParsed", ({ params }) => this.#urls.set(params.scriptId, params.url));
  }

  /** @throws Error with V8's reason, or when the main thread does not answer */
  post<M extends keyof Methods>(method: M, params?: Methods[M][0]): Promise<Methods[M][1]> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error("The kernel is busy; pause it to look inside."));
      const timer = setTimeout(late, patienceMs);
      this.#session.post(method, params as object, (error, answer) => {
        clearTimeout(timer);
        if (error) reject(new Error(error.message));
        else resolve(answer as Methods[M][1]);
      });
    });
  }

  url({ location }: Debugger.CallFrame): string {
    return this.#urls.get(location.scriptId) ?? "";
  }

  close(): void {
    this.#session.disconnect();
  }
}
