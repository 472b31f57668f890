// `npm run demo`: the main job on real data. Sets everything up, executes notebooks/01-credit.ipynb with our kernel as nbclient does for anyone, and
// shows what its cells show: the features, the training, the search, the metrics and a prediction over HTTP.

import { environment, labPython } from "./environment.mjs";
import { executeNotebook } from "./notebooks.mjs";
import { setUp } from "./setup.mjs";
import { main, StepFailed } from "./steps.mjs";

const notebook = "01-credit.ipynb";

await main(async () => {
  await setUp();
  console.log(`Executing notebooks/${notebook}, about 20 seconds\n`);
  const code = await executeNotebook(notebook, labPython(), environment("lab"));
  if (code !== 0) throw new StepFailed(`The notebook failed (${code}); its cells and their outputs are above.`);
  console.log("The notebook ran to its end and its assertions hold. Open it with: npm run lab");
  return 0;
});
