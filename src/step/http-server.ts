// Options of every builder that serves files to its machine over HTTP, and their checks.
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import { pathHint, statProblem } from "./local-path.ts";

const PORT = { min: 0, max: 65_535 };
const USUAL = { portMin: 8000, portMax: 9000 };

/** What to serve, and where. There is no server unless `http_directory` or `http_content` is set. */
export const httpOptions = Object.freeze({
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

type HttpConfig = ConfigOf<typeof httpOptions>;

/** The ports that the server may take. As Packer: 0 counts as not set. */
export function httpPorts(config: Pick<HttpConfig, "http_port_min" | "http_port_max">): {
  readonly portMin: number;
  readonly portMax: number;
} {
  return { portMin: config.http_port_min || USUAL.portMin, portMax: config.http_port_max || USUAL.portMax };
}

/** Reports what the options alone cannot say. */
export function checkHttp(config: HttpConfig, context: PrepareContext): void {
  const { portMin, portMax } = httpPorts(config);
  if (portMin > portMax) {
    context.problem("http_port_min", "http_port_min must be less than http_port_max", {
      detail: `They are ${portMin} and ${portMax}.`,
    });
  }
  if (!context.isPending("http_content")) {
    for (const path of Object.keys(config.http_content)) {
      if (path.startsWith("/")) {
        continue;
      }
      context.problem("http_content", `The path '${path}' in http_content does not start with a slash`, {
        hint: `Write "/${path}".`,
      });
    }
  }
  checkDirectory(config, context);
}

/** As Packer, which answers every request with 404 then: a folder that is not there, or not yet, is no mistake. */
function checkDirectory({ http_directory: path }: HttpConfig, context: PrepareContext): void {
  if (!path || context.isPending("http_directory")) {
    return;
  }
  const missing = statProblem(path, context.host);
  if (missing !== undefined) {
    context.warn(
      "http_directory",
      `Bad http_directory '${path}': ${missing}. Requests for its files will fail. ${pathHint(path, context)}`,
    );
  }
}

/** Folders whose files the machine may fetch. */
export function httpReads(config: Pick<HttpConfig, "http_directory">): readonly string[] {
  return config.http_directory ? [config.http_directory] : [];
}
