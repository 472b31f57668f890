/** The entry of the language service's thread. Apart from answers.ts so that V8's code cache is on before TypeScript loads: 80 ms instead of 430. */
import { enableCompileCache } from "node:module";

enableCompileCache();
await import("./answers.ts");
