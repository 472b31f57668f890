export { datePart, parseDate } from "./date-parts.ts";
export { encodeRows, namedRows, type RawRow, rowEncoder } from "./encode.ts";
export { type DatePart, dateParts, rawWidth, type Stage, type Stages, stageWidth } from "./stages.ts";
