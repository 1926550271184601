// The contract of a provisioner: it changes the machine over its connection.
import type { Communicator } from "./communicator.ts";
import type { Component } from "./component.ts";
import type { ConfigOf, OptionSchema } from "./option.ts";
import type { Run } from "./run.ts";

export interface Provisioner<S extends OptionSchema = OptionSchema> extends Component<"provisioner", S> {
  /** It can do nothing without a machine: with the communicator `none` it would fail for certain. */
  readonly needsConnection?: boolean;
  /** Ends when the machine is changed; throws `BuildError` when that failed. Pauses, time-outs and retries wrap it from outside. */
  provision(config: ConfigOf<S>, run: ProvisionRun): Promise<void>;
}

export interface ProvisionRun extends Run {
  readonly communicator: Communicator;
}

export function defineProvisioner<S extends OptionSchema>(provisioner: Omit<Provisioner<S>, "kind">): Provisioner<S> {
  return Object.freeze({ ...provisioner, kind: "provisioner" as const });
}
