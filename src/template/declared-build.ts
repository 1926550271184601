// A build as a template declares it, in whichever language: both front ends end here, one planner goes on.

import type { Diagnostic, SourceRange } from "../diagnostic/diagnostic.ts";
import type { PublishedName } from "../sdk/build-data.ts";
import type { PlannedVariable } from "./plan.ts";
import type { ReadBody } from "./plan-component.ts";
import type { ProblemList } from "./problem-list.ts";

/** A component's part of the template. `B` is how the language keeps what was written. */
export interface DeclaredPart<B> {
  readonly type: string;
  /** For people: `provisioner "shell"`. */
  readonly label: string;
  readonly range: SourceRange | undefined;
  readonly written: B;
  readonly body: ReadBody;
  /** What is wrong with it even when nobody knows its options. */
  checkUnknown(): readonly Diagnostic[];
}

/** A part that `only` and `except` may keep from a build. */
export interface DeclaredStep<B> extends DeclaredPart<B> {
  /** Warns of names that nothing has. */
  isForBuild(problems: ProblemList): boolean;
}

export interface DeclaredProvisioner<B> extends DeclaredStep<B> {
  readonly name?: string | undefined;
  /** Milliseconds; 0 for none. */
  readonly pauseBefore: number;
  readonly timeout: number;
  readonly continueOnError?: boolean | undefined;
  readMaxRetries(problems: ProblemList): number;
}

export interface DeclaredPostProcessor<B> extends DeclaredStep<B> {
  readonly name: string;
  readonly keepInputArtifact?: boolean | undefined;
}

/** Reads a part when it is its turn: what it may refer to depends on the names that the builder publishes. */
export type Declare<Part> = (published: readonly PublishedName[] | undefined, problems: ProblemList) => Part;

export interface DeclaredBuild<B> {
  readonly name: string;
  /** What `build_name` says. */
  readonly sourceName: string;
  readonly range: SourceRange | undefined;
  readonly builder: DeclaredPart<B>;
  readonly provisioners: readonly Declare<DeclaredProvisioner<B>>[];
  readonly errorCleanupProvisioner: Declare<DeclaredProvisioner<B>> | undefined;
  readonly postProcessors: readonly (readonly Declare<DeclaredPostProcessor<B>>[])[];
  /** Value of a user variable; the empty text for one that does not exist. */
  readUserVariable(name: string, pending: () => void): string;
  /** The variables that the parts of this build refer to. */
  listVariables(written: readonly B[]): readonly PlannedVariable[];
}
