// Finds the plugins that are installed on this machine. After "Plugins" of Packer's documentation.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Host } from "../host/host.ts";
import type { RequiredPlugin } from "../sdk/catalog.ts";
import { compareVersions, parseConstraints, parseVersion, satisfies } from "../sdk/version.ts";

/** Folders below the root of all plugins in which one may lie. */
const DEEPEST = 16;

/** The generation of the protocol that is spoken here; a plugin's second number may not be higher. */
const API = { major: 5, minor: 0 };

/** `packer-plugin-NAME_vVERSION_xAPI_OS_ARCH`. */
const FILE_NAME =
  /^packer-plugin-(?<name>.+)_v(?<version>[^_]+)_x(?<major>\d+)\.(?<minor>\d+)_(?<system>[^_.]+_[^_.]+)(?:\.exe)?$/;

/** A version that is written in full, perhaps one before a release. */
export const CANONICAL = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/;

/** Node's names for systems and processors, as Go has them. */
const systems: Readonly<Record<string, string>> = { win32: "windows" };
const processors: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", arm: "arm", arm64: "arm64" };

/** This machine as Go calls it: `linux_amd64`. */
export function nameSystem(): string {
  return `${systems[process.platform] ?? process.platform}_${processors[process.arch] ?? process.arch}`;
}

/** A file that looks like a plugin for this machine. */
export interface InstalledPlugin {
  readonly path: string;
  /** Where it came from, as its folder says: `github.com/hashicorp/docker`. */
  readonly source: string;
  readonly name: string;
  /** Without the `v`. */
  readonly version: string;
  readonly minor: number;
}

type World = Pick<Host, "env" | "homeDir" | "platform" | "cwd">;

/** The folder below which all plugins are installed; it may not be there. */
export async function findPluginFolder(host: World): Promise<string> {
  const named = host.env["PACKER_PLUGIN_PATH"];
  if (named !== undefined && named !== "") {
    return resolve(host.cwd, named);
  }
  return join(await findConfigFolder(host), "plugins");
}

async function findConfigFolder({ env, homeDir, platform }: World): Promise<string> {
  const named = env["PACKER_CONFIG_DIR"];
  if (named !== undefined && named !== "") {
    return join(named, ".packer.d");
  }
  if (platform === "win32") {
    return join(env["APPDATA"] ?? homeDir, "packer.d");
  }
  const old = join(homeDir, ".packer.d");
  const isThere = await stat(old).then(
    () => true,
    () => false,
  );
  return isThere ? old : join(env["XDG_CONFIG_HOME"] || join(homeDir, ".config"), "packer");
}

/** Every plugin for this machine, the oldest first. Nothing is opened or started. */
export async function listInstalled(host: World): Promise<readonly InstalledPlugin[]> {
  const root = await findPluginFolder(host);
  const found: InstalledPlugin[] = [];
  await walk(root, root, 0, found);
  return found.sort((a, b) => compare(a, b) || (a.path < b.path ? -1 : 1));
}

async function walk(root: string, folder: string, depth: number, found: InstalledPlugin[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const isFolder = entry.isDirectory();
    if (isFolder && depth < DEEPEST) {
      await walk(root, path, depth + 1, found);
    } else if (!isFolder && depth > 0) {
      const plugin = readName(root, folder, entry.name);
      found.push(...(plugin === undefined ? [] : [plugin]));
    }
  }
}

function readName(root: string, folder: string, file: string): InstalledPlugin | undefined {
  const { name, version, major, minor, system } = FILE_NAME.exec(file)?.groups ?? {};
  if (name === undefined || version === undefined || system !== nameSystem()) {
    return undefined;
  }
  // A version that is not written in full, or with notes about how it was made, is none.
  if (!CANONICAL.test(version) || Number(major) !== API.major || Number(minor) > API.minor) {
    return undefined;
  }
  const source = relative(root, folder).split(sep).join("/");
  return { path: join(folder, file), source, name, version, minor: Number(minor) };
}

/** By version, a release after what came before it, then by what the plugin knows of the protocol. */
function compare(a: InstalledPlugin, b: InstalledPlugin): number {
  const none = [0, 0, 0] as const;
  const order = compareVersions(parseVersion(a.version) ?? none, parseVersion(b.version) ?? none);
  return order || comparePrereleases(a.version, b.version) || a.minor - b.minor;
}

function comparePrereleases(a: string, b: string): number {
  const [before, after] = [a, b].map((version) => version.split("-").slice(1).join("-"));
  if (before === after) {
    return 0;
  }
  if (before === "" || after === "") {
    return before === "" ? 1 : -1;
  }
  return (before ?? "") < (after ?? "") ? -1 : 1;
}

/** Those that fit a requirement, the oldest first: of its name, from below its namespace, within its constraints. */
export function selectRequired(
  installed: readonly InstalledPlugin[],
  { source, version }: RequiredPlugin,
): readonly InstalledPlugin[] {
  const parts = source.split("/");
  const name = parts.at(-1);
  const space = parts.slice(0, -1).join("/");
  const constraints = parseConstraints(version) ?? [];
  return installed.filter(
    (one) =>
      one.name === name &&
      (one.source === space || one.source.startsWith(`${space}/`)) &&
      satisfies(parseVersion(one.version) ?? [0, 0, 0], constraints),
  );
}

/** Why a plugin's file is not to be trusted; `undefined` when its checksum is the one beside it. */
export async function checkSum(plugin: InstalledPlugin): Promise<string | undefined> {
  const expected = await readFile(`${plugin.path}_SHA256SUM`, "utf8").catch(() => undefined);
  if (expected === undefined) {
    return `there is no file ${plugin.path}_SHA256SUM beside it`;
  }
  const sum = expected.slice(0, 64).toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(sum)) {
    return `its file ${plugin.path}_SHA256SUM holds no checksum`;
  }
  const hash = createHash("sha256");
  await pipeline(createReadStream(plugin.path), hash);
  return hash.digest("hex") === sum
    ? undefined
    : `it is not the file whose checksum stands in ${plugin.path}_SHA256SUM`;
}
