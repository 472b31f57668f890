/** The page /docs: what the service takes, and a form to try it. Without outside resources; it asks for the token, since the document needs it. */
import type { BundleManifest } from "@lepton/contract";

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => escapes[character] as string);

/** Headers that keep the page to itself. */
export const docsHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
  "x-content-type-options": "nosniff",
};

/** The name alone is shown before the token is given. */
export function docsPage(manifest: BundleManifest, needsToken: boolean): string {
  const title = escapeHtml(`${manifest.name} v${manifest.version}`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><style>${style}</style>
<h1>${title}</h1>
<form id="open" ${needsToken ? "" : "hidden"}><label>Token <input id="token" type="password" autocomplete="off" size="50"></label> <button>Open</button></form>
<p id="about"></p>
<section id="try" hidden>
<h2>POST /predict</h2><table id="columns"></table>
<form id="predict"><textarea id="body" rows="12" aria-label="Request body"></textarea><br><button>Send</button></form><pre id="reply"></pre>
<h2>Routes</h2><table id="routes"></table>
</section><script>${script}</script></html>`;
}

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
textarea{width:100%;font:13px monospace}pre{white-space:pre-wrap}td,th{text-align:left;padding:.1rem 1rem .1rem 0;vertical-align:top}`;

// Text is put in as text (textContent), never as HTML: column names are the user's.
const script = `
const at = (id) => document.getElementById(id);
const headers = () => ({ "content-type": "application/json", ...(at("token").value ? { authorization: "Bearer " + at("token").value } : {}) });
const row = (table, cells) => { const tr = table.insertRow(); for (const cell of cells) tr.insertCell().textContent = cell; };
at("open").onsubmit = async (event) => {
  event.preventDefault();
  const reply = await fetch("/openapi.json", { headers: headers() });
  const doc = await reply.json();
  at("about").textContent = reply.ok ? doc.info.description : doc.error;
  at("try").hidden = !reply.ok;
  if (!reply.ok) return;
  at("columns").replaceChildren(); at("routes").replaceChildren();
  for (const [name, schema] of Object.entries(doc.components.schemas.Row?.properties ?? {})) row(at("columns"), [name, [].concat(schema.type).join(" or "), schema.description ?? ""]);
  for (const [path, methods] of Object.entries(doc.paths)) for (const [method, route] of Object.entries(methods)) row(at("routes"), [method.toUpperCase(), path, route.summary]);
  at("body").value = JSON.stringify(Object.values(doc.paths["/predict"].post.requestBody.content["application/json"].examples)[0].value, null, 2);
};
if (at("open").hidden) at("open").requestSubmit();
at("predict").onsubmit = async (event) => {
  event.preventDefault();
  const reply = await fetch("/predict", { method: "POST", headers: headers(), body: at("body").value });
  at("reply").textContent = reply.status + " " + JSON.stringify(await reply.json(), null, 2);
};
`;
