/** Lepton's mark, in the theme's icon colour: a light particle on its ring, as the kernel's logo. */
import { LabIcon } from "@jupyterlab/ui-components";

export const leptonIcon = new LabIcon({
  name: "lepton-lab:mark",
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 64 64"><circle class="jp-icon3" style="fill:none" cx="32" cy="32" r="20" stroke="#616161" stroke-width="5"/><circle class="jp-icon3" cx="47" cy="18" r="9" fill="#616161"/></svg>`,
});
