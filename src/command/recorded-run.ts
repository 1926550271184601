// Builds and what they made as plain data: what a step records, hands to other jobs and shows.
import type { ArtifactFacts, SpanKind } from "../core/build-event.ts";

/** One build, as the step that ran it recorded it. Times are milliseconds since 1970. */
export interface ResultBuild {
  readonly template: string;
  readonly name: string;
  readonly builderType: string;
  readonly startedAt: number | undefined;
  /** `undefined` when the step ended before the build did. */
  readonly outcome: "built" | "unchanged" | "failed" | "cancelled" | undefined;
  readonly milliseconds: number;
  readonly error: string | undefined;
  readonly failure: string | undefined;
  readonly failedIn: string | undefined;
  readonly artifacts: readonly ArtifactFacts[];
  /** When what is unchanged was built, in ISO 8601. */
  readonly builtAt?: string | undefined;
  readonly spans: readonly ResultSpan[];
  /** What was last said where it failed. */
  readonly lastLines?: readonly string[] | undefined;
}

/** A titled piece of work. */
export interface ResultSpan {
  readonly id: number;
  readonly kind: SpanKind;
  readonly title: string;
  readonly componentType: string | undefined;
  readonly parent: number | undefined;
  readonly startedAt: number;
  readonly milliseconds: number | undefined;
  readonly outcome: "done" | "failed" | "cancelled" | undefined;
}

/** An artifact as the output `artifacts` has it; what else it holds is kept. */
export interface ResultArtifact {
  readonly template: string;
  readonly build: string;
  readonly builder: string;
  readonly builder_id: string;
  readonly id: string;
  readonly description: string;
  /** The checksum is missing for a folder, and when the step was cancelled. */
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256?: string | undefined }[];
  /** When it was built, in ISO 8601: by an earlier run, since which nothing changed. */
  readonly unchanged_since?: string | undefined;
}

/** A workflow artifact as the output `uploaded-artifacts` has it; what else it holds is kept. */
export interface ResultUpload {
  readonly template: string;
  readonly build: string;
  readonly name: string;
}

/** What changed since a build was last made. */
export interface ResultComparison {
  readonly template: string;
  readonly build: string;
  readonly reasons: readonly string[];
  /** ISO 8601; missing when no earlier build is known. */
  readonly builtAt: string | undefined;
}

/** Builds that other steps ran, brought together. */
export interface RecordedRun {
  readonly builds: readonly ResultBuild[];
  readonly artifacts: readonly ResultArtifact[];
  readonly uploaded: readonly ResultUpload[];
  readonly compared: readonly ResultComparison[];
  readonly runUuid: string;
  readonly manifestPath: string;
}
