// What is to be built, whichever language the template was written in. Both front ends end here, one pipeline runs it.

import type { Value } from "../cty/value.ts";
import type { Diagnostic, SourceRange } from "../diagnostic/diagnostic.ts";
import type { GeneratedData } from "../sdk/artifact.ts";
import type { PublishedName } from "../sdk/build-data.ts";
import type { Builder } from "../sdk/builder.ts";
import type { CommunicatorKind } from "../sdk/communicator-kind.ts";
import type { Component } from "../sdk/component.ts";
import type { PostProcessor } from "../sdk/post-processor.ts";
import type { Provisioner } from "../sdk/provisioner.ts";
import type { Json } from "../sdk/run.ts";

/** The builds of a template that were selected and can run, in the order in which they are shown. */
export interface Plan {
  readonly builds: readonly PlannedBuild[];
}

/** One machine image to be made. */
export interface PlannedBuild {
  /** As shown and as matched by `-only` and `-except`. */
  readonly name: string;
  /** What `build_name` and `PACKER_BUILD_NAME` say: the source's name without the builder's type. */
  readonly sourceName: string;
  readonly builderType: string;
  readonly range?: SourceRange | undefined;
  readonly builder: PlannedComponent<Builder>;
  /** Missing for a builder that uses none. */
  readonly communicator?: PlannedCommunicator | undefined;
  readonly provisioners: readonly PlannedProvisioner[];
  readonly errorCleanupProvisioner?: PlannedProvisioner | undefined;
  readonly postProcessors: readonly (readonly PlannedPostProcessor[])[];
  /** Those that the build's part of the template refers to. */
  readonly variables?: readonly PlannedVariable[] | undefined;
}

/** A variable with the value it has in this run. */
export interface PlannedVariable {
  readonly name: string;
  readonly value: Json;
  readonly sensitive: boolean;
}

/** A component with its part of the template. */
export interface PlannedComponent<C extends Component = Component> {
  readonly component: C;
  /** For people: `provisioner "shell"`. */
  readonly label: string;
  readonly range?: SourceRange | undefined;
  /**
   * Decodes and checks the configuration with what is known. Without `generated`, values that only a run knows are
   * stood in for; with it they are real. May be called any number of times.
   */
  prepare(generated?: GeneratedData): Promise<Prepared>;
  /** Renders the `{{ }}` of a late option. Throws `BuildError` `template/render` that points into the template. */
  render(text: string, data: Readonly<Record<string, unknown>>, generated: GeneratedData): string;
}

export interface Prepared {
  /** Fits the component's `options`; only to be used when there are no errors. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What the template says, before anything is converted. */
  readonly rawConfig: Value;
  readonly diagnostics: readonly Diagnostic[];
  /** Names the component publishes as `build.<Name>`. */
  readonly generates: readonly PublishedName[];
}

export interface PlannedCommunicator extends PlannedComponent<CommunicatorKind> {
  /** Milliseconds to wait between a first connection and the one that is used; 0 for none. */
  readonly pauseBeforeConnecting: number;
}

export interface PlannedProvisioner extends PlannedComponent<Provisioner> {
  readonly type: string;
  /** HCL2 only. */
  readonly name?: string | undefined;
  /** Milliseconds; 0 for none. A pause switches the time-out off, as in Packer. */
  readonly pauseBefore: number;
  readonly timeout: number;
  readonly maxRetries: number;
  /** A failure that is left after the repetitions is a warning. HCL2 only. */
  readonly continueOnError?: boolean | undefined;
}

export interface PlannedPostProcessor extends PlannedComponent<PostProcessor> {
  readonly type: string;
  /** The type unless the template names it. */
  readonly name: string;
  /** `undefined` leaves it to the post-processor. */
  readonly keepInputArtifact?: boolean | undefined;
}
