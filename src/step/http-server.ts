// Files that a machine can fetch from this one over HTTP while it is built.

import type { BuildRun } from "../sdk/builder.ts";
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import { statProblem, suggestPath } from "./local-path.ts";
import { takePort } from "./shared-port.ts";

const PORT = { min: 0, max: 65_535 };
const USUAL = { portMin: 8000, portMax: 9000 };
/** Requests of the machine that the log shows. */
const MOST_REQUESTS = 50;

const options = Object.freeze({
  http_directory: option.string({
    description:
      "Folder whose files the machine can fetch over HTTP while it is built, such as preseed or kickstart files.",
    conflicts: ["http_content"],
    example: "http",
  }),
  http_content: option.stringMap({
    description: "Texts that the machine can fetch over HTTP, by their paths. The paths start with a slash.",
    example: { "/preseed.cfg": "d-i debian-installer/locale string en_US\n" },
  }),
  http_port_min: option.number({
    ...PORT,
    description: "The first port that the HTTP server may take.",
    default: USUAL.portMin,
  }),
  http_port_max: option.number({
    ...PORT,
    description:
      "The port after the last one that the HTTP server may take. The same as `http_port_min` for exactly that port.",
    default: USUAL.portMax,
  }),
  http_bind_address: option.string({
    description: "Address of this machine on which the HTTP server listens. All of them unless set.",
    conflicts: ["http_interface"],
    example: "127.0.0.1",
  }),
  http_interface: option.string({
    description: "Network interface of this machine on whose address the HTTP server listens.",
    example: "eth0",
  }),
  http_network_protocol: option.string({
    description: "Which addresses the HTTP server takes: `tcp4` for IPv4, `tcp6` for IPv6, `tcp` for either.",
    default: "tcp",
    oneOf: ["tcp", "tcp4", "tcp6"],
  }),
});

type Config = ConfigOf<typeof options>;

/** What to serve, and where. There is no server unless `http_directory` or `http_content` is set. */
export const httpServerStep = Object.freeze({
  options,
  check(config: Config, context: PrepareContext): void {
    checkPorts(config, context);
    checkContent(config, context);
    checkDirectory(config, context);
  },
  /** Folders whose files the machine may fetch. */
  reads: (config: Pick<Config, "http_directory">): readonly string[] =>
    config.http_directory ? [config.http_directory] : [],
});

/** The ports that the server may take. As Packer: 0 counts as not set. */
function listHttpPorts(config: Pick<Config, "http_port_min" | "http_port_max">): {
  readonly portMin: number;
  readonly portMax: number;
} {
  return { portMin: config.http_port_min || USUAL.portMin, portMax: config.http_port_max || USUAL.portMax };
}

function checkPorts(config: Config, context: PrepareContext): void {
  const { portMin, portMax } = listHttpPorts(config);
  if (portMin > portMax) {
    context.problem("http_port_min", "http_port_min must be less than http_port_max", {
      detail: `They are ${portMin} and ${portMax}.`,
    });
  }
}

function checkContent(config: Config, context: PrepareContext): void {
  if (context.isPending("http_content")) {
    return;
  }
  for (const path of Object.keys(config.http_content)) {
    if (path.startsWith("/")) {
      continue;
    }
    context.problem("http_content", `The path '${path}' in http_content does not start with a slash`, {
      hint: `Write "/${path}".`,
    });
  }
}

/** As Packer, which answers every request with 404 then: a folder that is not there, or not yet, is no mistake. */
function checkDirectory({ http_directory: path }: Config, context: PrepareContext): void {
  if (!path || context.isPending("http_directory")) {
    return;
  }
  const missing = statProblem(path, context.host);
  if (missing !== undefined) {
    context.warn(
      "http_directory",
      `Bad http_directory '${path}': ${missing}. Requests for its files will fail. ${suggestPath(path, context)}`,
    );
  }
}

/** A server, or that there is none. */
export interface Served {
  /** For boot commands and arguments. */
  readonly data: Readonly<Record<string, unknown>>;
  /** What the machine has asked for so far; `undefined` without a server. */
  requests(): Requests | undefined;
  close(): Promise<void>;
}

/** What a machine has asked for. */
export interface Requests {
  /** `at` in milliseconds since 1970. */
  readonly last: { readonly path: string; readonly status: number; readonly at: number } | undefined;
  /** Paths that were not there. */
  readonly missing: readonly string[];
}

/** Starts the HTTP server when the template has files for it; the machine sees it at `ip`. */
export async function serveFiles(config: Config, ip: string, run: BuildRun): Promise<Served> {
  const { http_directory: directory, http_content: content } = config;
  const data = { HTTPIP: ip, HTTPPort: 0, HTTPDir: directory ?? "", HTTPContent: content };
  if (!directory && Object.keys(content).length === 0) {
    return { data, requests: () => undefined, close: async () => {} };
  }
  const { listenAddress } = await import("../driver/http-server/address.ts");
  const { startHttpServer } = await import("../driver/http-server/http-server.ts");
  const { http_bind_address: given, http_interface: interfaceName, http_network_protocol: protocol } = config;
  const address = await listenAddress({ address: given, interfaceName, protocol }, run.host.network);
  const noted = new NotedRequests(run);
  const onRequest = noted.note.bind(noted);
  const ports = listHttpPorts(config);
  const { port, close } = await takePort(
    { range: { from: ports.portMin, to: ports.portMax }, purpose: "the HTTP server" },
    (taker) => startHttpServer({ directory, content, ...ports, address, taker, onRequest }, run.host),
    run,
  );
  run.ui.say(`Starting HTTP server on port ${port}`);
  run.publish({ PackerHTTPAddr: `${ip}:${port}`, PackerHTTPIP: ip, PackerHTTPPort: String(port) });
  return { data: { ...data, HTTPPort: port }, requests: () => noted, close };
}

/** Tells of each request once: an installer may ask for the same file over and over. */
class NotedRequests implements Requests {
  last: Requests["last"];
  readonly missing: string[] = [];
  readonly #run: BuildRun;
  readonly #seen = new Set<string>();

  constructor(run: BuildRun) {
    this.#run = run;
  }

  note(method: string, path: string, status: number): void {
    const line = `HTTP ${method} ${path}: ${status}`;
    this.last = { path, status, at: this.#run.host.clock.now() };
    if (this.#seen.size >= MOST_REQUESTS || this.#seen.has(line)) {
      return;
    }
    this.#run.ui.message(line);
    this.#seen.add(line);
    if (status >= 400) {
      this.missing.push(path);
    }
  }
}
