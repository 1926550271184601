// The files that the machine can fetch over HTTP while it is built.
import { listenAddress } from "../../driver/http-server/address.ts";
import { startHttpServer } from "../../driver/http-server/http-server.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import { httpPorts } from "../../step/http-server.ts";
import { machineName, type QemuConfig } from "./facts.ts";

/** Where the machine sees this one, on the network that QEMU makes for it. */
const HOST_ADDRESS = "10.0.2.2";
/** Requests of the machine that the log shows. */
const MOST_REQUESTS = 50;

/** A server, or that there is none. */
export interface Served {
  /** For boot commands and arguments. */
  readonly data: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** Starts the HTTP server when the template has files for it. */
export async function serve(config: QemuConfig, run: BuildRun): Promise<Served> {
  const { http_directory: directory, http_content: content } = config;
  const ip = await ownAddress(config, run);
  const data = {
    HTTPIP: ip,
    HTTPPort: 0,
    HTTPDir: directory ?? "",
    HTTPContent: content,
    Name: machineName(config, run.build),
  };
  if (!directory && Object.keys(content).length === 0) {
    return { data, close: async () => {} };
  }
  const { http_bind_address: given, http_interface: interfaceName, http_network_protocol: protocol } = config;
  const address = await listenAddress({ address: given, interfaceName, protocol }, run.host.network);
  const seen = new Set<string>();
  const onRequest = (method: string, path: string, status: number): void => {
    const line = `HTTP ${method} ${path}: ${status}`;
    // An installer may ask for the same file over and over.
    if (seen.size < MOST_REQUESTS && !seen.has(line)) {
      run.ui.message(line);
    }
    seen.add(line);
  };
  const { port, close } = await startHttpServer(
    { directory, content, ...httpPorts(config), address, onRequest },
    run.host,
  );
  run.ui.say(`Starting HTTP server on port ${port}`);
  run.publish({ PackerHTTPAddr: `${ip}:${port}`, PackerHTTPIP: ip, PackerHTTPPort: String(port) });
  return { data: { ...data, HTTPPort: port }, close };
}

/** This machine's address as the built one sees it. */
async function ownAddress({ net_bridge: bridge }: QemuConfig, run: BuildRun): Promise<string> {
  if (!bridge) {
    return HOST_ADDRESS;
  }
  const addresses = (await run.host.network.interfaces())[bridge] ?? [];
  return addresses.find((address) => !address.includes(":")) ?? addresses[0] ?? "";
}
