// Stands in for the hosts that plugins are fetched from: the same paths over TLS, behind a proxy that leads every host here.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createProxy } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { authority } from "./authority.ts";

/** What is answered under an address such as `github.com/me/…`. */
export interface Answer {
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  /** Bytes after which the connection is cut. */
  readonly cutAfter?: number | undefined;
}

export interface PluginRegistry {
  /** What a program needs to come here instead. */
  readonly env: Readonly<Record<string, string>>;
  /** Answers by host and path, without the query. */
  readonly answers: Map<string, Answer>;
  /** What was asked for, with the authorization that came along. */
  readonly asked: { readonly url: string; readonly authorization: string | undefined }[];
}

const HOSTS = ["releases.hashicorp.com", "api.github.com", "github.com"];
export const SYSTEM = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;

export async function pluginRegistry(test: TestContext): Promise<PluginRegistry> {
  const house = authority(test);
  const answers = new Map<string, Answer>();
  const asked: { url: string; authorization: string | undefined }[] = [];
  const server = createServer(house.sign(HOSTS.map((host) => `DNS:${host}`).join(",")), (request, response) => {
    const url = `${request.headers.host}${request.url?.split("?")[0]}`;
    asked.push({ url, authorization: request.headers.authorization });
    const { status = 200, headers = {}, body = "", cutAfter } = answers.get(url) ?? { status: 404 };
    const bytes = Buffer.from(body);
    response.writeHead(status, { "content-length": bytes.length, ...headers });
    if (cutAfter === undefined) {
      response.end(bytes);
    } else {
      response.write(bytes.subarray(0, cutAfter), () => request.socket.destroy());
    }
  });
  const port = await listen(test, server);
  const proxy = createProxy();
  proxy.on("connect", (_request, socket, head) => {
    const to = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      to.write(head);
      socket.pipe(to).pipe(socket);
    });
    to.on("error", () => socket.destroy());
    socket.on("error", () => to.destroy());
  });
  const proxyPort = await listen(test, proxy);
  const env = { HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`, SSL_CERT_FILE: house.file, NO_PROXY: "" };
  return { env, answers, asked };
}

function listen(
  test: TestContext,
  server: ReturnType<typeof createProxy> | ReturnType<typeof createServer>,
): Promise<number> {
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** A program that only says what it is, which is all that installing asks of it. */
export function writeScript(version: string, more: Readonly<Record<string, unknown>> = {}): string {
  const facts = {
    version,
    sdk_version: "0.6.10",
    api_version: "x5.0",
    builders: ["machine"],
    post_processors: [],
    provisioners: [],
    datasources: [],
    protocol_version: "v2",
    ...more,
  };
  return `#!/bin/sh\necho '${JSON.stringify(facts)}'\n`;
}

/** A ZIP archive, made by the program that everybody has. */
export function zipOf(name: string, content: string | Uint8Array): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-zip-"));
  try {
    mkdirSync(join(folder, "in"));
    writeFileSync(join(folder, "in", name), content);
    execFileSync("zip", ["-q", "-r", join(folder, "out.zip"), "."], { cwd: join(folder, "in") });
    return readFileSync(join(folder, "out.zip"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Release {
  readonly version: string;
  readonly api?: string | undefined;
  /** The program inside; one that says the version by default. */
  readonly program?: string | Uint8Array | undefined;
  /** The archive itself. */
  readonly zip?: Uint8Array | undefined;
  readonly sum?: string | undefined;
  readonly system?: string | undefined;
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Publishes releases of `NAMESPACE/packer-plugin-peer` on GitHub; `line` writes a line of the checksums. */
export function publishOnGitHub(
  { answers }: PluginRegistry,
  namespace: string,
  releases: readonly Release[],
  line = (sum: string, file: string) => `${sum}  ${file}\n`,
): void {
  const repository = `${namespace}/packer-plugin-peer`;
  const refs = [...new Set(releases.map(({ version }) => `refs/tags/v${version}`)), "refs/tags/nightly"];
  answers.set(`api.github.com/repos/${repository}/git/matching-refs/tags`, {
    body: JSON.stringify(refs.map((ref) => ({ ref }))),
  });
  const sums = new Map<string, string>();
  for (const { version, api = "x5.0", program = writeScript(version), zip, sum, system = SYSTEM } of releases) {
    const base = `github.com/${repository}/releases/download/v${version}/`;
    const stem = `packer-plugin-peer_v${version}_${api}_${system}`;
    const bytes = zip ?? zipOf(stem, program);
    answers.set(`${base}${stem}.zip`, { body: bytes });
    sums.set(base, (sums.get(base) ?? "") + line(sum ?? sha256(bytes), `${stem}.zip`));
    answers.set(`${base}packer-plugin-peer_v${version}_SHA256SUMS`, { body: sums.get(base) });
  }
}

/** Publishes releases of the plugin as HashiCorp does. */
export function publishAsHashiCorp({ answers }: PluginRegistry, releases: readonly Release[]): void {
  const root = "releases.hashicorp.com/packer-plugin-peer";
  answers.set(`${root}/index.json`, {
    body: JSON.stringify({ versions: Object.fromEntries(releases.map(({ version }) => [version, {}])) }),
  });
  for (const { version, api = "x5.0", program = writeScript(version), zip, sum } of releases) {
    const bytes = zip ?? zipOf(`packer-plugin-peer_v${version}_${api}_${SYSTEM}`, program);
    const stem = `packer-plugin-peer_${version}`;
    answers.set(`${root}/${version}/${stem}_${SYSTEM}.zip`, { body: bytes });
    answers.set(`${root}/${version}/${stem}_SHA256SUMS`, { body: `${sum ?? sha256(bytes)}  ${stem}_${SYSTEM}.zip\n` });
    answers.set(`${root}/${version}/${stem}_manifest.json`, {
      body: JSON.stringify({ version: 1, metadata: { protocol_version: api.slice(1) } }),
    });
  }
}
