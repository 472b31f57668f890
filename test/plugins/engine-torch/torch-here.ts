/** Is there a torch to test with? Why not, for tests to skip with. */
import { torchEngine } from "@lepton/engine-torch";

/** null when torch can run here. */
export const noTorch: string | null = await torchEngine.unavailable();
