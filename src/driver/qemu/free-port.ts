// A TCP port of this machine that nobody listens on.
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { listPorts, type PortRange, type PortTaker, writeRange } from "../port-range/port-range.ts";

/** A free port, looked for from a random one on. Somebody else may take it before it is used. */
export async function freePort(
  address: string,
  range: PortRange,
  taker: PortTaker,
  host: Pick<Host, "network" | "random">,
): Promise<number> {
  for (const port of listPorts(range, host.random)) {
    if (!taker.claim(port)) {
      continue;
    }
    if (await isFree(address, port, host)) {
      return port;
    }
    taker.giveBack(port);
  }
  throw failure("environment", "qemu/no-port", `No port ${writeRange(range)} is free on ${address}`, {
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
