// The contract of a post-processor: it turns one artifact into another.
import type { Artifact } from "./artifact.ts";
import type { Component } from "./component.ts";
import type { ConfigOf, OptionSchema } from "./option.ts";
import type { AnyResource, Run } from "./run.ts";

export interface PostProcessor<S extends OptionSchema = OptionSchema, Kinds extends AnyResource = AnyResource>
  extends Component<"post-processor", S> {
  readonly resources?: readonly Kinds[] | undefined;
  postProcess(config: ConfigOf<S>, input: Artifact, run: Run<Kinds>): Promise<PostProcessed>;
}

export interface PostProcessed {
  /** `undefined` ends the sequence without a result. */
  readonly artifact: Artifact | undefined;
  /** What becomes of the input unless the user's `keep_input_artifact` says otherwise; `must-keep` wins over the user. */
  readonly input: "keep" | "discard" | "must-keep";
}

export function definePostProcessor<S extends OptionSchema, Kinds extends AnyResource = never>(
  postProcessor: Omit<PostProcessor<S, Kinds>, "kind">,
): PostProcessor<S, Kinds> {
  return Object.freeze({ ...postProcessor, kind: "post-processor" as const });
}
