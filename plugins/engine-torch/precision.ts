/** What a precision's name means to torch. Apart because tf32 is a switch of the whole process, which torch reads when it loads. */
import { LeptonError, type Precision } from "@lepton/contract";
import type { LowType } from "./raw/handles.ts";

/**
 * The type that products and convolutions are cast to, null for none. tf32 is switched on here, before the library loads: the C interface has no function
 * for it, torch and NVIDIA's libraries read these variables. A user's own values stay.
 *
 * @throws LEPTON_OPTION_VALUE where the device has no such arithmetic
 */
export function lowTypeOf(precision: Precision, device: string): LowType | null {
  if (precision === "bf16" || precision === "f16") return precision;
  const isNvidia = device.startsWith("cuda");
  if (precision === "tf32") {
    if (!isNvidia)
      throw new LeptonError(
        "LEPTON_OPTION_VALUE",
        `engine torch: precision tf32 is of NVIDIA GPUs, the device is ${device}; use --device cuda, or --precision f32 or bf16.`,
      );
    process.env["TORCH_ALLOW_TF32_CUBLAS_OVERRIDE"] ??= "1";
  } else if (isNvidia) process.env["NVIDIA_TF32_OVERRIDE"] ??= "0";
  return null;
}
