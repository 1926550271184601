// Where the machine sees this one, to fetch files from it.
import type { BuildRun } from "../../sdk/builder.ts";
import { type Served, serveFiles } from "../../step/http-server.ts";
import { nameMachine, type QemuConfig } from "./facts.ts";

/** This machine's address on the network that QEMU makes. */
const HOST_ADDRESS = "10.0.2.2";

/** Starts the HTTP server when the template has files for it. */
export async function serve(config: QemuConfig, run: BuildRun): Promise<Served> {
  const served = await serveFiles(config, await findHostAddress(config, run), run);
  return { ...served, data: { ...served.data, Name: nameMachine(config, run.build) } };
}

async function findHostAddress({ net_bridge: bridge }: QemuConfig, run: BuildRun): Promise<string> {
  if (!bridge) {
    return HOST_ADDRESS;
  }
  const addresses = (await run.host.network.interfaces())[bridge] ?? [];
  return addresses.find((address) => !address.includes(":")) ?? addresses[0] ?? "";
}
