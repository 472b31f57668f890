/** The verb `stop`: one word for whatever goes on, a run, a study or a deployment, by its value, its name or its ID. */
import { LeptonError } from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";
import { defineVerb, type VerbContext } from "../verb.ts";

/** A kind of thing that can be stopped. */
export interface Stoppable {
  /** "run", "deployment": for messages. */
  readonly kind: string;
  /** IDs and names that it answers to in this folder. */
  names(context: VerbContext): Promise<readonly string[]>;
  /** Stop the one of that name; resolves to what to tell the user. */
  stop(name: string, context: VerbContext): Promise<string>;
}

export const stopVerb = (kinds: readonly Stoppable[]) =>
  defineVerb({
    spec: {
      name: "stop",
      summary: "Stop a run at its next step with a checkpoint, a study, or a deployment.",
      arguments: [
        {
          name: "what",
          doc: "A run, a study or a deployment: its variable, its name or its ID.",
          kind: "value",
          type: "Lepton.Stoppable | string",
          required: true,
          accepts: canStop,
        },
      ],
      options: {},
      result: "void",
      declarations: "interface Stoppable { stop(): Promise<unknown> }",
      examples: ["%lepton stop run", "%lepton stop credit-risk"],
    },
    async run([what], _options, context) {
      context.host.print(`${await stopIt(what, kinds, context)}\n`);
    },
  });

async function stopIt(what: unknown, kinds: readonly Stoppable[], context: VerbContext): Promise<string> {
  if (canStop(what)) {
    await what.stop();
    return `Stopped ${what.id ?? what.name ?? "it"}.`;
  }
  if (typeof what !== "string") {
    throw new LeptonError("LEPTON_OPTION_VALUE", "stop: takes a run, a study or a deployment, or the name of one.");
  }
  const known: string[] = [];
  for (const kind of kinds) {
    const names = await kind.names(context);
    if (names.includes(what)) return kind.stop(what, context);
    known.push(...names);
  }
  const list = kinds.map((kind) => kind.kind).join(" or ");
  throw new LeptonError("LEPTON_NAME_UNKNOWN", `stop: no ${list} is called "${what}"${didYouMean(what, known)}`);
}

function canStop(what: unknown): what is { stop(): Promise<unknown>; readonly id?: string; readonly name?: string } {
  return typeof what === "object" && what !== null && "stop" in what && typeof what.stop === "function";
}
