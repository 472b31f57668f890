/** A model in a few words, for charts, tables and cards. Enters: a ModelSpec; leaves: text such as "mlp 64-64 relu". */
import type { ModelSpec } from "@lepton/contract";

export function modelText(model: ModelSpec): string {
  switch (model.kind) {
    case "linear":
    case "logistic":
      return model.kind;
    case "mlp":
      return ["mlp", model.hidden.join("-"), model.activation, ...extras(model)].join(" ");
    case "cnn": {
      const hidden = model.hidden.length > 0 ? [`dense ${model.hidden.join("-")}`] : [];
      return ["cnn", model.filters.join("-"), ...hidden, ...extras(model)].join(" ");
    }
    case "module": {
      const args = Object.entries(model.args).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      return ["your own model", ...args].join(" ");
    }
    default:
      return model satisfies never;
  }
}

function extras(model: { readonly dropout: number; readonly batchNorm: boolean }): string[] {
  return [...(model.dropout > 0 ? [`dropout ${model.dropout}`] : []), ...(model.batchNorm ? ["batch norm"] : [])];
}
