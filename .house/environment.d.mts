export const root: string;
export const places: {
  readonly modules: string;
  readonly node: string;
  readonly build: string;
  readonly logs: string;
  readonly jupyter: string;
  readonly labVenv: string;
  readonly otherLabs: { readonly "lab-4.5": string; readonly "notebook-7": string };
  readonly wheel: string;
  readonly testVenv: string;
};
export function labPython(): string;
export function testPython(): string;
export function inVenv(venv: string, name: string): string;
export function environment(who?: string): NodeJS.ProcessEnv;
