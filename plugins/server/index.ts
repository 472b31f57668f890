export { loadBundle } from "./bundle.ts";
export { serveCommand, serveHelp } from "./command.ts";
export { createServer, type ListenOptions, type Server, type ServerOptions } from "./server.ts";
