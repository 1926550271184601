// Everything that happens in a run, as one union: the only thing that logs, outputs and summaries are made of.

import type { FailureClass } from "../diagnostic/build-error.ts";
import type { Diagnostic, PlainData } from "../diagnostic/diagnostic.ts";

/** Names the source of a line: a build, or a build's post-processor (then the prefix is `BUILD (TYPE)`). */
export interface Speaker extends PlainData {
  readonly build: string;
  readonly postProcessor?: string | undefined;
}

/** What an artifact looks like from outside. */
export interface ArtifactFacts extends PlainData {
  readonly builderId: string;
  readonly id: string;
  readonly text: string;
  readonly files: readonly string[];
  /** What a registry knows it by: `name@sha256:…`. */
  readonly digest?: string | undefined;
  /** An image: all names that it was given. */
  readonly tags?: readonly string[] | undefined;
  /** True for a post-processor that ended without a result. */
  readonly nil?: boolean | undefined;
  /** True when a later post-processor consumed it: listed as Packer lists it, but its files are no more. */
  readonly gone?: boolean | undefined;
}

/** What a span of work is. */
export type SpanKind = "step" | "connect" | "provisioner" | "error-cleanup-provisioner" | "post-processor" | "cleanup";

export type BuildEvent = { readonly at: number; readonly [plain: symbol]: never } & (
  | {
      readonly type: "run-started";
      readonly runUuid: string;
      readonly builds: readonly { name: string; builderType: string }[];
      readonly debug: boolean;
    }
  /** A build was held against how it was last made, before anything is built. */
  | {
      readonly type: "build-compared";
      readonly build: string;
      readonly builderType: string;
      /** Why it has to be built, a line each; empty when it would make the same thing again. */
      readonly reasons: readonly string[];
      /** When it was last made, in ISO 8601; missing when nobody knows. */
      readonly builtAt?: string | undefined;
    }
  /** A build is left out because it would make the same thing again: these artifacts. */
  | {
      readonly type: "build-unchanged";
      readonly build: string;
      readonly builderType: string;
      readonly artifacts: readonly ArtifactFacts[];
      readonly builtAt: string;
    }
  | { readonly type: "build-started"; readonly build: string; readonly builderType: string }
  /** A line or more for the user. Without a speaker it belongs to the whole run. */
  | {
      readonly type: "said";
      readonly level: "say" | "message" | "error";
      readonly text: string;
      readonly speaker?: Speaker | undefined;
    }
  /** For the debug log alone: what explains a fault to those who develop this program or a template. */
  | { readonly type: "log"; readonly text: string; readonly speaker?: Speaker | undefined }
  /** For `-machine-readable` alone. */
  | {
      readonly type: "machine";
      readonly name: string;
      readonly data: readonly string[];
      readonly speaker?: Speaker | undefined;
    }
  | {
      readonly type: "progress";
      readonly speaker: Speaker;
      readonly id: number;
      readonly label: string;
      readonly done: number;
      readonly total?: number | undefined;
      readonly ended: boolean;
    }
  /** A titled piece of work begins; `parent` is the span it lies in. */
  | {
      readonly type: "span-started";
      readonly build: string;
      readonly id: number;
      readonly parent?: number | undefined;
      readonly kind: SpanKind;
      readonly title: string;
      readonly componentType?: string | undefined;
    }
  | {
      readonly type: "span-ended";
      readonly build: string;
      readonly id: number;
      readonly milliseconds: number;
      readonly outcome: "done" | "failed" | "cancelled";
    }
  | { readonly type: "resource-acquired"; readonly build: string; readonly kind: string; readonly title: string }
  | {
      readonly type: "resource-removed";
      readonly build: string;
      readonly kind: string;
      readonly title: string;
      readonly error?: string | undefined;
    }
  | {
      readonly type: "build-ended";
      readonly build: string;
      readonly milliseconds: number;
      readonly outcome: "built" | "failed" | "cancelled";
      readonly error?: string | undefined;
      readonly failure?: FailureClass | undefined;
      /** Title of the innermost piece of work that failed. */
      readonly failedIn?: string | undefined;
      readonly diagnostics: readonly Diagnostic[];
      readonly artifacts: readonly ArtifactFacts[];
    }
  | { readonly type: "run-ended"; readonly milliseconds: number; readonly interrupted: boolean }
);

/** An event before it has a time. */
export type NewEvent = BuildEvent extends infer E ? (E extends BuildEvent ? Omit<E, "at"> : never) : never;

/** Receives events in order. Should not throw; what it throws is reported as a fault of ours when the run has ended. */
export type EventSink = (event: BuildEvent) => void;
