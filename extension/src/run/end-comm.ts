/** The end of a comm. Apart because every part that has one ends it alike: disposing alone would leave the kernel serving a page that is gone. */
import type { Kernel } from "@jupyterlab/services";

export function endComm(comm: Kernel.IComm | null): void {
  if (!comm || comm.isDisposed) return;
  try {
    comm.close();
  } catch {
    comm.dispose(); // the kernel is dead or out of reach: nobody is left to be told
  }
}
