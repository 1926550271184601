// A tiny base image, and a registry, for tests that need a real Docker engine and have no network.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { nodeHost } from "../../src/host/node.ts";
import { type FakeHost, fakeHost } from "../fakes/host.ts";
import { needs } from "../needs.ts";
import { freePort } from "./listen.ts";

/** The name under which tests find the base image. It stays, so that the next test need not make it. */
export const BASE_IMAGE = "packer-ts-test/busybox:1";

/**
 * Makes the base image unless it is there: busybox as `sh` and everything else, the users `root` and `app` (1000:1000).
 * `undefined` when the machine lacks something and the test was skipped for it.
 */
export function baseImage(test: TestContext): string | undefined {
  if (!needs(test, "docker", "busybox")) {
    return undefined;
  }
  return makeBaseImage();
}

/** As `baseImage`, outside a test. */
export function makeBaseImage(): string {
  if (spawnSync("docker", ["image", "inspect", BASE_IMAGE], { stdio: "ignore" }).status === 0) {
    return BASE_IMAGE;
  }
  const root = mkdtempSync(join(tmpdir(), "base-image-"));
  try {
    fillRoot(root);
    const archive = spawnSync("tar", ["-C", root, "--owner=0", "--group=0", "-c", "."], { maxBuffer: 2 ** 28 });
    const changes = ["ENV PATH=/bin", 'CMD ["/bin/sh"]'].flatMap((change) => ["--change", change]);
    docker(["import", ...changes, "-", BASE_IMAGE], archive.stdout);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return BASE_IMAGE;
}

function fillRoot(root: string): void {
  for (const folder of ["bin", "etc", "root", "tmp"]) {
    mkdirSync(join(root, folder));
  }
  spawnSync("chmod", ["1777", join(root, "tmp")]);
  const [busybox = ""] = spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).stdout.split("\n");
  copyFileSync(busybox, join(root, "bin/busybox"));
  for (const name of spawnSync(busybox, ["--list"], { encoding: "utf8" }).stdout.split("\n")) {
    if (name !== "" && name !== "busybox") {
      symlinkSync("busybox", join(root, "bin", name));
    }
  }
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/tmp:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\napp:x:1000:\n");
}

/** Runs docker and gives what it printed, trimmed; throws when it fails. */
export function docker(args: readonly string[], input?: Uint8Array): string {
  const ran = spawnSync("docker", args, {
    encoding: "buffer",
    maxBuffer: 2 ** 28,
    input,
  });
  if (ran.status !== 0) {
    throw new Error(`docker ${args.join(" ")}: ${ran.stderr}`);
  }
  return ran.stdout.toString("utf8").trim();
}

/** A container of the base image that runs until the test ends. */
export function startTestContainer(test: TestContext, args: readonly string[] = []): string {
  const id = docker(["run", "-d", "-i", "-t", ...args, "--entrypoint=/bin/sh", "--", BASE_IMAGE]);
  test.after(() => void spawnSync("docker", ["rm", "-f", "-v", id], { stdio: "ignore" }));
  return id;
}

/** Removes an image with all its names when the test ends. */
export function removeImageAfter(test: TestContext, ...names: readonly string[]): void {
  test.after(() => void spawnSync("docker", ["rmi", "-f", ...names], { stdio: "ignore" }));
}

/** This machine, in the shape in which `fakeRun` takes hosts: nothing about it is fake. */
export function realHost(env: Readonly<Record<string, string | undefined>> = {}): FakeHost {
  const { clock, ...machine } = nodeHost({ ...process.env, ...env });
  const host = fakeHost({ programs: "real", network: "real", env: machine.env });
  return {
    ...host,
    ...machine,
    processes: host.processes,
    clock: { ...clock, sleeps: [], waiting: 0, advance: async () => {} },
  };
}

export interface TestRegistry {
  /** `127.0.0.1:PORT`: what names of images in it start with. */
  readonly server: string;
  /** What it logged so far. */
  log(): string;
  /** Asks its API; with a login when it wants one. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** Who may use a registry with a login. */
export const REGISTRY_USER = "tester";
export const REGISTRY_PASSWORD = "correct horse";
// crypt(REGISTRY_PASSWORD) with bcrypt, the only scheme the registry knows.
const REGISTRY_HASH = "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";

/** Starts a registry on a free port; `undefined` when the machine has none and the test was skipped for it. */
export async function startRegistry(
  test: TestContext,
  options: { login?: boolean | undefined } = {},
): Promise<TestRegistry | undefined> {
  if (!needs(test, "docker-registry")) {
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "registry-"));
  const port = await freePort();
  writeFileSync(join(folder, "htpasswd"), `${REGISTRY_USER}:${REGISTRY_HASH}\n`);
  writeFileSync(join(folder, "config.yml"), configText(folder, port, options.login === true));
  const server = spawn("docker-registry", ["serve", join(folder, "config.yml")], { stdio: ["ignore", "pipe", "pipe"] });
  const log: string[] = [];
  for (const stream of [server.stdout, server.stderr]) {
    stream.on("data", (chunk) => log.push(String(chunk)));
  }
  test.after(async () => {
    await stop(server);
    rmSync(folder, { recursive: true, force: true });
  });
  const authorization = `Basic ${Buffer.from(`${REGISTRY_USER}:${REGISTRY_PASSWORD}`).toString("base64")}`;
  const login = options.login ? { authorization } : undefined;
  const get: TestRegistry["get"] = (path, headers) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { ...headers, ...login } });
  await untilAnswering(get, server, log);
  return { server: `127.0.0.1:${port}`, log: () => log.join(""), get };
}

function configText(folder: string, port: number, login: boolean): string {
  return [
    "version: 0.1",
    `storage: { filesystem: { rootdirectory: ${folder}/data } }`,
    `http: { addr: "127.0.0.1:${port}" }`,
    ...(login ? [`auth: { htpasswd: { realm: test, path: ${folder}/htpasswd } }`] : []),
    "",
  ].join("\n");
}

async function untilAnswering(get: TestRegistry["get"], server: ChildProcess, log: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (server.exitCode !== null) {
      throw new Error(`docker-registry ended: ${log.join("")}`);
    }
    if (
      await get("/v2/").then(
        (response) => response.ok,
        () => false,
      )
    ) {
      return;
    }
    await wait(25);
  }
  throw new Error("docker-registry does not answer");
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) {
    return;
  }
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await gone;
}
