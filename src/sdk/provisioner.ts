// The contract of a provisioner: it changes the machine over its connection.
import type { Communicator } from "./communicator.ts";
import type { Component } from "./component.ts";
import type { ConfigOf, OptionSchema } from "./option.ts";
import type { AnyResource, Run } from "./run.ts";

export interface Provisioner<S extends OptionSchema = OptionSchema, Kinds extends AnyResource = AnyResource>
  extends Component<"provisioner", S> {
  readonly resources?: readonly Kinds[] | undefined;
  /** It can do nothing without a machine: with the communicator `none` it would fail for certain. */
  readonly needsConnection?: boolean | undefined;
  /** Ends when the machine is changed; throws `BuildError` when that failed. Pauses, time-outs and retries wrap it from outside. */
  provision(config: ConfigOf<S>, run: ProvisionRun<Kinds>): Promise<void>;
}

export interface ProvisionRun<Kinds extends AnyResource = never> extends Run<Kinds> {
  readonly communicator: Communicator;
}

export function defineProvisioner<S extends OptionSchema, Kinds extends AnyResource = never>(
  provisioner: Omit<Provisioner<S, Kinds>, "kind">,
): Provisioner<S, Kinds> {
  return Object.freeze({ ...provisioner, kind: "provisioner" as const });
}
