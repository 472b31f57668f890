/** TypeScript declarations of what the kernel puts into cells (cells/surface.ts); the language service reads them. */
export const cellDeclarations = `
/** What was shown; \`update\` replaces it in place. */
interface ShownValue { readonly id: string; update(value: unknown, metadata?: Record<string, unknown>): void; }
interface Display {
  /** Show any value, as the result of a cell is shown. */
  (value: unknown, options?: { id?: string; metadata?: Record<string, unknown> }): ShownValue;
  html(text: string | TemplateStringsArray, ...values: unknown[]): ShownValue;
  svg(text: string | TemplateStringsArray, ...values: unknown[]): ShownValue;
  markdown(text: string | TemplateStringsArray, ...values: unknown[]): ShownValue;
  latex(text: string | TemplateStringsArray, ...values: unknown[]): ShownValue;
  javascript(text: string | TemplateStringsArray, ...values: unknown[]): ShownValue;
  json(value: unknown): ShownValue;
  /** Bytes, or text in base64. */
  png(data: Uint8Array | string): ShownValue;
  jpeg(data: Uint8Array | string): ShownValue;
  /** A MIME bundle: type to data. */
  mime(bundle: Record<string, unknown>, metadata?: Record<string, unknown>): ShownValue;
}
declare const display: Display;
/** Remove the cell's output; with \`true\` when there is something new to show. */
declare function clearOutput(wait?: boolean): void;
/** Ask the user for a line of text. */
declare function prompt(text?: string): string;
/** Ask the user for a line of text that is not shown. */
declare function password(text?: string): string;
/** Channels to the page. */
interface JupyterComm {
  readonly id: string;
  readonly target: string;
  send(data: unknown): void;
  onMessage(listener: (data: any) => void): void;
  onClose(listener: () => void): void;
  close(data?: unknown): void;
}
declare const Jupyter: {
  /** Answer comms that the page opens on this target. */
  onComm(target: string, listener: (comm: JupyterComm, data: any) => void): void;
  openComm(target: string, data?: unknown): JupyterComm;
};
declare const require: NodeJS.Require;
`;
