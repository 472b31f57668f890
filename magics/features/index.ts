export { type CellArrays, type FlatArrays, flatArrays } from "./array-shapes.ts";
export { Dataset, type DatasetArrays, loadDataset } from "./dataset.ts";
export { datasetDeclarations, datasetType, rowType, targetType } from "./dataset-type.ts";
export { featuresGraph } from "./graph.ts";
export { type FeatureWords, featureOptions } from "./options.ts";
export type { ColumnReport, FeatureStep, Plan } from "./plan.ts";
export { type ShownRows, shownRows } from "./shown-rows.ts";
export { applyPlan } from "./transform.ts";
export { datasetVerb, describeVerb, featuresVerb, featureVerbs, headVerb } from "./verbs.ts";
