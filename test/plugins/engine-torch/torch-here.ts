/** Is there a torch to test with, and a GPU that it can use? Why not, for tests to skip with. */
import { torchEngine } from "@lepton/engine-torch";

/** null when torch can run here. */
export const noTorch: string | null = await torchEngine.unavailable();

/** The first GPU: "cuda:0" or "mps"; or why there is none. */
export const gpu: { readonly device: string | null; readonly reason: string } = await findGpu();

async function findGpu() {
  if (noTorch !== null) return { device: null, reason: noTorch };
  const found = (await torchEngine.devices()).find(({ name }) => name !== "cpu");
  return { device: found?.name ?? null, reason: "torch sees no GPU here: no NVIDIA device, or a torch without CUDA" };
}
