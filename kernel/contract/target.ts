/** The door to places a deployed folder can run. A target gets a folder that already runs by itself, so it knows nothing of features. */
export interface DeployRequest {
  /** Absolute path of the self-running folder (one version). */
  readonly folder: string;
  readonly name: string;
  readonly version: number;
  /** Bearer token the service must ask for. */
  readonly token: string;
  readonly host: string;
  /** 0 lets the target choose a free port. */
  readonly port: number;
  /** The service whose place the new one takes: its url is kept where the target can, and it is drained and stopped once the new one is ready. */
  readonly replaces?: DeployedService;
  /** Rows that the model sees at once at most; the server's default when left out. */
  readonly maxBatch?: number;
}

export interface DeployedService {
  readonly url: string;
  /** The process, where the target is this machine. */
  readonly pid?: number;
  /** What its health check answers: tells it from whatever later has the same process number or port. */
  readonly instance?: string;
}

export interface Target {
  readonly name: string;
  /** Start the folder and resolve when it answers its health check. @throws LEPTON_DEPLOY with the service's last log lines */
  deploy(request: DeployRequest): Promise<DeployedService>;
  /** Stop what `deploy` started: drain, then end. Resolves when it is gone; a service already gone is not an error. */
  stop(service: DeployedService): Promise<void>;
  /** True while the service answers. */
  alive(service: DeployedService): Promise<boolean>;
}
