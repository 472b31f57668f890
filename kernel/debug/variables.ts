/**
 * Values of the main thread as a tree that opens when asked. Enters: the inspector's remote objects; leaves: DAP variables with references.
 * References live until the thread goes on.
 */
import type { Runtime } from "node:inspector";
import type { DapVariable } from "./dap.ts";
import type { Inspector } from "./inspector.ts";

/** Most members shown of one value. */
const mostMembers = 1000;
/** Longer texts are cut. */
const longestValue = 2000;
export const objectGroup = "lepton-debug";

export class Variables {
  readonly #inspector: Inspector;
  readonly #references = new Map<number, () => Promise<readonly DapVariable[]>>();
  #next = 1;

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
  }

  forget(): void {
    this.#references.clear();
  }

  /** A reference to members that are looked up when asked. */
  refer(members: () => Promise<readonly DapVariable[]>): number {
    this.#references.set(this.#next, members);
    return this.#next++;
  }

  async members(reference: number): Promise<readonly DapVariable[]> {
    return (await this.#references.get(reference)?.()) ?? [];
  }

  variable(name: string, value: Runtime.RemoteObject, evaluateName?: string): DapVariable {
    const { objectId } = value;
    const reference = objectId === undefined ? 0 : this.refer(() => this.#membersOf(objectId, evaluateName));
    // No type: JupyterLab's tree would show it instead of the value, but for the types of Python.
    const base = { name, value: text(value), variablesReference: reference };
    return evaluateName === undefined ? base : { ...base, evaluateName };
  }

  /** Variables of a scope: its object's properties. */
  async scope(objectId: string, isShown: (name: string) => boolean): Promise<readonly DapVariable[]> {
    const members = await this.#membersOf(objectId, undefined);
    return members.filter(({ name }) => isShown(name)).map((member) => ({ ...member, evaluateName: member.name }));
  }

  async #membersOf(objectId: string, parent: string | undefined): Promise<readonly DapVariable[]> {
    const { result, internalProperties } = await this.#inspector.post("Runtime.getProperties", {
      objectId: await this.#shortened(objectId),
      ownProperties: true,
      generatePreview: true,
    });
    const own = result.slice(0, mostMembers).map((property) => this.#property(property, parent));
    const inner = (internalProperties ?? []).flatMap(({ name, value }) => (value ? [this.variable(name, value)] : []));
    return [...own, ...inner];
  }

  #property({ name, value, get }: Runtime.PropertyDescriptor, parent: string | undefined): DapVariable {
    const path = parent === undefined ? undefined : parent + access(name);
    if (value) return this.variable(name, value, path);
    return { name, value: get ? "(getter)" : "(not set)", variablesReference: 0 };
  }

  /** A long array is looked at through a copy of its beginning. */
  async #shortened(objectId: string): Promise<string> {
    const { result } = await this.#inspector.post("Runtime.callFunctionOn", {
      objectId,
      functionDeclaration: `function () {
        const isList = Array.isArray(this) || (ArrayBuffer.isView(this) && !(this instanceof DataView));
        return isList && this.length > ${mostMembers} ? Array.prototype.slice.call(this, 0, ${mostMembers}) : undefined;
      }`,
      objectGroup,
      silent: true,
    });
    return result.objectId ?? objectId;
  }
}

function access(name: string): string {
  if (/^\d+$/.test(name)) return `[${name}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** One line for a value. */
export function text(value: Runtime.RemoteObject): string {
  const plain = value.type === "string" ? JSON.stringify(value.value) : (preview(value) ?? plainText(value));
  return plain.length > longestValue ? `${plain.slice(0, longestValue)}…` : plain;
}

function plainText(value: Runtime.RemoteObject): string {
  return value.description ?? value.unserializableValue ?? String(value.value ?? value.type);
}

/** `{ a: 1, b: "text" }` and `(3) [1, 2, 3]`, as the inspector previewed them. */
function preview({ preview: shown, subtype, className, description }: Runtime.RemoteObject): string | undefined {
  if (!shown || (subtype && subtype !== "array" && subtype !== "typedarray")) return undefined;
  const quote = (property: Runtime.PropertyPreview) =>
    property.type === "string" ? JSON.stringify(property.value) : (property.value ?? property.type);
  const isList = subtype !== undefined;
  const parts = shown.properties.map((property) => (isList ? quote(property) : `${property.name}: ${quote(property)}`));
  if (shown.overflow) parts.push("…");
  if (isList) return `${description} [${parts.join(", ")}]`;
  const inside = parts.length > 0 ? `{ ${parts.join(", ")} }` : "{}";
  return className === "Object" ? inside : `${className} ${inside}`;
}
