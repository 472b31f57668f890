/** Each hyperparameter by itself, drawn evenly over its space (by ratio where it is logarithmic). */
import { drawEvenly, type Sampler } from "./sampler.ts";

export const randomSampler: Sampler = {
  name: "random",
  suggest({ space, random }) {
    return Object.fromEntries(Object.entries(space).map(([name, one]) => [name, drawEvenly(one, random())]));
  },
};
