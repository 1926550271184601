// What the parts of one running build share.
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { Host } from "../host/host.ts";
import type { GeneratedData } from "../sdk/artifact.ts";
import type { BuildIdentity, RunSettings, Ui } from "../sdk/run.ts";
import type { PlannedBuild } from "../template/plan.ts";
import type { Emitter } from "./emitter.ts";
import type { OutputClaims } from "./output-claims.ts";
import type { PortClaims } from "./port-claims.ts";
import type { LifetimeContext } from "./resources.ts";
import type { Secrets } from "./secrets.ts";
import type { Spans } from "./spans.ts";
import type { Ask } from "./speech.ts";

export interface BuildContext {
  readonly planned: PlannedBuild;
  readonly identity: BuildIdentity;
  readonly settings: RunSettings;
  readonly runUuid: string;
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly secrets: Secrets;
  readonly emitter: Emitter;
  readonly ask: Ask;
  readonly spans: Spans;
  /** The build's own voice. */
  readonly ui: Ui;
  readonly resources: LifetimeContext;
  /** What the builds of the run write. */
  readonly outputs: OutputClaims;
  /** Which ports of this machine they hold. */
  readonly ports: PortClaims;
  /** What the build has published so far. */
  generated(): GeneratedData;
}

/** What changes while a build is made. */
export interface BuildState {
  generated: GeneratedData;
  /** Such as: what could not be removed. */
  readonly warnings: Diagnostic[];
  /** What was thrown in its work where nobody waited for it: it fails for that alone, whatever becomes of the rest. */
  stray: { readonly thrown: unknown } | undefined;
}
