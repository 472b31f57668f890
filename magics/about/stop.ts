/** The verb `stop`: one word for whatever goes on, a run, a study or a deployment, by its value, its name or its ID. */
import { LeptonError } from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";
import { shownValue } from "../data/shown-value.ts";
import { defineVerb, type VerbContext } from "../verb.ts";

/** A kind of thing that can be stopped. */
export interface Stoppable {
  /** "run", "deployment": for messages. */
  readonly kind: string;
  /** True for a value of the notebook that is one. */
  holds(value: unknown): boolean;
  /** IDs and names that it answers to in this folder. */
  names(context: VerbContext): Promise<readonly string[]>;
  /** Whether the one of that ID or name goes: it is meant, where others of the name are over. */
  goes(name: string, context: VerbContext): Promise<boolean>;
  /** Stop a value that it holds, or the one of that name; resolves to what to tell the user. */
  stop(which: unknown, context: VerbContext): Promise<string>;
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
          accepts: (value) => kinds.some((kind) => kind.holds(value)),
        },
      ],
      options: {},
      result: "void",
      declarations: "interface Stoppable { stop(): Promise<unknown> }",
      examples: ["%lepton stop run", "%lepton stop credit-risk"],
    },
    async run([what], _options, context) {
      const kind = await kindOf(what, kinds, context);
      context.host.print(`${await kind.stop(what, context)}\n`);
    },
  });

async function kindOf(what: unknown, kinds: readonly Stoppable[], context: VerbContext): Promise<Stoppable> {
  const held = kinds.find((kind) => kind.holds(what));
  if (held) return held;
  const list = kinds.map((kind) => kind.kind).join(" or ");
  if (typeof what !== "string") {
    const message = `stop: takes a ${list}, or the name or ID of one, got ${shownValue(what)}.`;
    throw new LeptonError("LEPTON_OPTION_VALUE", message);
  }
  const known = await Promise.all(kinds.map(async (kind) => ({ kind, names: await kind.names(context) })));
  const called = known.filter(({ names }) => names.includes(what)).map(({ kind }) => kind);
  if (called.length === 0) {
    const near = didYouMean(
      what,
      known.flatMap(({ names }) => names),
    );
    throw new LeptonError("LEPTON_NAME_UNKNOWN", `stop: no ${list} is called "${what}"${near}`);
  }
  return called.length === 1 ? called[0]! : await theOneThatGoes(what, called, context);
}

/** A run, a study and a deployment may share a name. @throws LEPTON_NAME_INVALID when two of them go */
async function theOneThatGoes(name: string, called: readonly Stoppable[], context: VerbContext): Promise<Stoppable> {
  const answers = await Promise.all(called.map((kind) => kind.goes(name, context)));
  const going = called.filter((_, index) => answers[index]);
  if (going.length < 2) return going[0] ?? called[0]!;
  throw new LeptonError(
    "LEPTON_NAME_INVALID",
    `stop: a ${going.map(({ kind }) => kind).join(" and a ")} called "${name}" go; give the variable of the one that is meant, or its ID.`,
  );
}
