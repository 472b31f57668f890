export type {
  ClassCurves,
  Histogram,
  RunCurves,
  Sample,
  SamplesView,
  TargetCurves,
  TensorStatistics,
  WeightsView,
  WeightView,
} from "./analysis.ts";
export { assertBundleManifest, type BundleManifest } from "./bundle.ts";
export type { CardBlock, CardLine, CardSection, CardTable, CardView } from "./card.ts";
export { CARD_TARGET, type CardAnswer, type CardEdit, type CardOpen } from "./card.ts";
export {
  type Binding,
  type Comm,
  type Completion,
  type Displayable,
  type DisplayHandle,
  displaySymbol,
  type MagicBinding,
  type MagicCall,
  type MagicCompletions,
  type MagicProvider,
  MIME,
  type MimeBundle,
  type NotebookHost,
  type StopSignal,
} from "./cell.ts";
export type {
  ComparedBand,
  ComparedClock,
  ComparedCurve,
  ComparedGroup,
  ComparedRun,
  ComparisonView,
  Difference,
} from "./comparison.ts";
export type { ArrayFile, ColumnKind, DatasetManifest, RawColumn } from "./data.ts";
export type { CompileOptions, DeviceInfo, Engine, Executable, Precision } from "./engine.ts";
export { type ErrorCode, errorCodes, isLeptonError, LeptonError } from "./errors.ts";
export {
  LISTING_TARGET,
  type ListedDataset,
  type ListedDeployment,
  type ListedRun,
  type ListedStudy,
  type Listing,
  type ListingAnswer,
  type ListingRequest,
} from "./listing.ts";
export {
  LIVE_TARGET,
  type LiveMessage,
  type LiveOpen,
  type LivePlace,
  type LiveRequest,
  liveMessageFault,
} from "./live.ts";
export { headlineMetric, isHeadline, lessIsBetter, metricsByWorth, plainMetric } from "./metric-names.ts";
export { assertPlugin, CONTRACT, type Plugin } from "./plugin.ts";
export type {
  AttributeValue,
  Dim,
  DType,
  Entry,
  FeedRole,
  FeedSpec,
  Graph,
  GraphConstant,
  GraphNode,
  GraphValue,
  Initial,
  Program,
  Shape,
  StateSpec,
  TableSpec,
  TensorBytes,
  TensorData,
} from "./program.ts";
export type {
  EarlyStoppingSpec,
  Gauge,
  LossSpec,
  Metrics,
  ModelSpec,
  OptimizerSpec,
  RunEnvironment,
  RunEvent,
  RunNotes,
  RunSpec,
  RunState,
  RunView,
  ScheduleSpec,
  Series,
  SplitName,
  Task,
} from "./run.ts";
export { matchesQuery, parseRunQuery, type RunQuery, type SearchedRun } from "./run-query.ts";
export type {
  BadRows,
  Block,
  BlockColumn,
  ColumnStatistics,
  OpenOptions,
  ScanAs,
  ScanRequest,
  Source,
  SourceColumn,
  Table,
} from "./source.ts";
export { packSteps, type StepColumns, stepColumnsFault, unpackSteps } from "./step-columns.ts";
export type {
  Direction,
  ParameterImportance,
  ParameterSpace,
  ParameterValue,
  StudySpace,
  StudyState,
  StudyView,
  TrialCurve,
  TrialState,
  TrialView,
} from "./study.ts";
export type { DeployedService, DeployRequest, Target } from "./target.ts";
export type { Tracker } from "./tracker.ts";
