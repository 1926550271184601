// What the docker builder tells the docker communicator of its container.
import type { ConnectTarget } from "../sdk/communicator-kind.ts";

/** A container of this machine's Docker engine. */
export interface ContainerTarget {
  readonly id: string;
  /** The docker program. */
  readonly executable: string;
  readonly execUser: string;
  readonly pty: boolean;
  readonly windows: boolean;
  /** Give uploaded files to the container's user. */
  readonly fixUploadOwner: boolean;
  /** A folder of this machine that the container sees as `containerDir`. */
  readonly hostDir: string;
  readonly containerDir: string;
}

const LABEL = "docker";
const containers = new WeakSet<object>();

/** Makes a container known to its communicator. */
export function giveContainer(container: ContainerTarget): NonNullable<ConnectTarget["own"]> {
  containers.add(container);
  return { [LABEL]: container };
}

/** The container that a builder made known; none from a builder of anything else. */
export function readContainer({ own }: ConnectTarget): ContainerTarget | undefined {
  const given = own?.[LABEL];
  return isContainer(given) ? given : undefined;
}

function isContainer(given: unknown): given is ContainerTarget {
  return typeof given === "object" && given !== null && containers.has(given);
}
