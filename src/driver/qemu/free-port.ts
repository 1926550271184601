// A TCP port of this machine that nobody listens on.
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";

/** Where to look. */
export interface PortRange {
  readonly address: string;
  /** The first port. */
  readonly from: number;
  /** The port after the last, or the same as the first for that one alone. */
  readonly to: number;
}

/** A free port, looked for from a random one on. Somebody else may take it before it is used. */
export async function freePort({ address, from, to }: PortRange, host: Pick<Host, "network" | "random">): Promise<number> {
  const count = Math.max(1, to - from);
  const start = host.random.integer(count);
  for (let step = 0; step < count; step++) {
    const port = from + ((start + step) % count);
    if (await isFree(address, port, host)) return port;
  }
  throw failure("environment", "qemu/no-port", `No port from ${from} to ${from + count - 1} is free on ${address}`, {
    hint: "Give a wider range.",
  });
}

/** Whether one could listen there now. */
export async function isFree(address: string, port: number, { network }: Pick<Host, "network">): Promise<boolean> {
  try {
    await (await network.listen({ host: address, port }, (socket) => socket.destroy())).close();
    return true;
  } catch {
    return false;
  }
}
