// What `collect` gives.
import type { ResultArtifact, ResultBuild, ResultComparison, ResultUpload } from "./result.ts";

/** What `collect` found. */
export interface Collected {
  readonly builds: readonly ResultBuild[];
  readonly artifacts: readonly ResultArtifact[];
  readonly uploaded: readonly ResultUpload[];
  readonly compared: readonly ResultComparison[];
  readonly runUuid: string;
  readonly manifestPath: string;
}
