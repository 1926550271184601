// The contract of a builder: it makes a machine, has it provisioned, and gives an artifact.
import type { Artifact, GeneratedData } from "./artifact.ts";
import type { Communicator, ConnectTarget } from "./communicator.ts";
import type { Component } from "./component.ts";
import type { ConfigOf, OptionSchema } from "./option.ts";
import type { Run } from "./run.ts";

export interface Builder<S extends OptionSchema = OptionSchema> extends Component<"builder", S> {
  /** Labels of the communicators it can use, the default first. Their options are accepted beside its own. */
  readonly communicators: readonly string[];
  /** Reads as the list of its steps. `undefined` when nothing came of it and that is fine. */
  build(config: ConfigOf<S>, run: BuildRun): Promise<Artifact | undefined>;
}

export interface BuildRun extends Run {
  /** Runs one titled step: a group in the log, a row in the summary, the unit of `-debug` and `-on-error`. */
  step<T>(title: string, body: () => Promise<T>): Promise<T>;
  /** Makes values known to templates (`build.ID`) from now on. */
  publish(data: GeneratedData): void;
  /** Opens the connection that the template chose. Closed when the build ends. */
  connect(target: ConnectTarget): Promise<Communicator>;
  /** Runs the template's provisioners; `undefined` gives them a machine on which every command succeeds without doing anything. */
  provision(communicator: Communicator | undefined): Promise<void>;
}

export function defineBuilder<S extends OptionSchema>(builder: Omit<Builder<S>, "kind">): Builder<S> {
  return Object.freeze({ ...builder, kind: "builder" as const });
}
