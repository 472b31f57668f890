/** A deployment as TypeScript: members of `namespace Lepton`. */
export const deploymentDeclarations = `
/** The answer for one row. */
interface Answer<Target = any> {
  readonly prediction: Target;
  /** By class; undefined for regression. */
  readonly probabilities: [Target] extends [string] ? Readonly<Record<Target, number>> : undefined;
}
interface DeploymentVersion {
  readonly version: number;
  readonly createdAt: string;
  readonly run: string;
  readonly dataset: string;
  readonly note: string;
  readonly current: boolean;
}
/** A running service. Row: what it takes. Target: what it predicts. */
interface Deployment<Row = any, Target = any> {
  readonly name: string;
  readonly version: number;
  /** Without a slash at the end: service.url + "/predict". */
  readonly url: string;
  /** Ask with the header Authorization: Bearer TOKEN. */
  readonly token: string;
  /** For fetch(service.url + "/predict", { method: "POST", headers: service.headers, body }). */
  readonly headers: { readonly authorization: string; readonly "content-type": "application/json" };
  readonly folder: string;
  readonly columns: readonly Column<keyof Row & string>[];
  readonly classes: readonly Target[] | null;
  /** The model card, markdown. */
  readonly card: string;
  /** All versions, oldest first. */
  readonly history: readonly DeploymentVersion[];
  predict(rows: readonly Row[]): Promise<readonly Answer<Target>[]>;
  predict(row: Row): Promise<Answer<Target>>;
  /** True while it answers. */
  alive(): Promise<boolean>;
  /** Drain and end it; deploying the name again starts it again. */
  stop(): Promise<this>;
}`;
