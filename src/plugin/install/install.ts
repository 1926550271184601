// Installs a plugin: the newest version that fits and works, verified, written beside and put in place at once.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BuildError, failure, readMessage } from "../../diagnostic/build-error.ts";
import { extractZip, listZip } from "../../driver/archive/unzip.ts";
import type { PluginSource } from "../../sdk/plugin-source.ts";
import { compareVersions, parseConstraints, parseVersion, satisfies } from "../../sdk/version.ts";
import { describePlugin } from "../describe.ts";
import { checkSum, type InstalledPlugin, listInstalled, selectRequired } from "../installed.ts";
import type { InstallWorld } from "./install-world.ts";
import { listOffers, type Offer, type OfferedArchive } from "./offers.ts";

/** Bytes of an archive; the largest plugin there is has a tenth of it. */
const LARGEST_ARCHIVE = 2 ** 30;
/** Milliseconds without a byte after which a download is given up. */
const SILENCE = 60_000;
/** The generation of the protocol that is spoken here. */
const API = { major: 5, minor: 0 };

/** What is to be installed. */
export interface Wanted {
  readonly source: PluginSource;
  /** Constraints on the version; any release unless given. */
  readonly constraints: string;
}

export interface InstallChoice {
  /** Also when one that fits is there: the newest that fits. */
  readonly upgrade?: boolean | undefined;
  /** The same again when one that fits is there. */
  readonly force?: boolean | undefined;
  /** SHA-256 of the only archive that may be taken. */
  readonly digest?: string | undefined;
}

/** What was done. */
export interface InstallResult {
  readonly path: string;
  readonly version: string;
  /** False when it was there already. */
  readonly isNew: boolean;
  /** SHA-256 of the archive; only of what was fetched. */
  readonly archive?: string | undefined;
}

/** Throws `BuildError` when no version could be installed. */
export async function installPlugin(
  wanted: Wanted,
  choice: InstallChoice,
  world: InstallWorld,
): Promise<InstallResult> {
  const { source, constraints } = wanted;
  const installed = await findInstalled(wanted, world);
  if (installed !== undefined && choice.upgrade !== true && choice.force !== true) {
    return { path: installed.path, version: installed.version, isNew: false };
  }
  const isAgain = installed !== undefined && choice.upgrade !== true;
  const fitting = await chooseOffers(isAgain ? { source, constraints: `= ${installed.version}` } : wanted, world);
  const [newest] = fitting;
  if (
    installed !== undefined &&
    choice.force !== true &&
    newest !== undefined &&
    newest.version === installed.version
  ) {
    return { path: installed.path, version: installed.version, isNew: false };
  }
  const refusals: string[] = [];
  for (const offer of fitting) {
    const result = await tryOffer(offer, wanted, choice, { world, refusals });
    if (result !== undefined) {
      return result;
    }
  }
  throw failure("environment", "plugin/not-installable", `No version of ${source.text} could be installed`, {
    detail: [`Constraints: ${constraints || "none"}.`, ...refusals].join("\n"),
    hint: `Install it from a file: packer-ts plugins install -path FILE ${source.text}`,
  });
}

/** The newest release that fits and is sound. */
async function findInstalled(
  { source, constraints }: Wanted,
  world: InstallWorld,
): Promise<InstalledPlugin | undefined> {
  const all = await listInstalled(world.host);
  const required = { name: source.name, source: source.text, version: constraints };
  for (const plugin of selectRequired(all, required).toReversed()) {
    if (!plugin.version.includes("-") && (await checkSum(plugin)) === undefined) {
      return plugin;
    }
  }
  return undefined;
}

/** The releases that fit, the newest first. Throws when there is none. */
async function chooseOffers({ source, constraints }: Wanted, world: InstallWorld): Promise<readonly Offer[]> {
  const limits = parseConstraints(constraints) ?? [];
  const offers = await listOffers(source, world);
  const releases = offers.filter(({ version }) => /^\d+\.\d+\.\d+$/.test(version));
  const read = (offer: Offer) => parseVersion(offer.version) ?? ([0, 0, 0] as const);
  const fitting = releases
    .filter((offer) => satisfies(read(offer), limits))
    .sort((a, b) => compareVersions(read(b), read(a)));
  if (fitting.length === 0) {
    const known = releases.sort((a, b) => compareVersions(read(b), read(a))).map(({ version }) => `v${version}`);
    throw failure("environment", "plugin/no-version", `No version of ${source.text} fits "${constraints}"`, {
      detail: known.length === 0 ? "It has no release." : `There are ${known.slice(0, 20).join(", ")}.`,
    });
  }
  return fitting;
}

interface Trying {
  readonly world: InstallWorld;
  /** Why versions were passed over. */
  readonly refusals: string[];
}

async function tryOffer(
  offer: Offer,
  wanted: Wanted,
  choice: InstallChoice,
  { world, refusals }: Trying,
): Promise<InstallResult | undefined> {
  const archives = await offer.listArchives().catch((thrown: unknown) => {
    world.signal.throwIfAborted();
    refusals.push(`v${offer.version}: ${readMessage(thrown)}.`);
    return [];
  });
  const spoken = archives
    .filter(({ api }) => api.major === API.major && api.minor <= API.minor)
    .sort((a, b) => b.api.minor - a.api.minor);
  if (archives.length > 0 && spoken.length === 0) {
    refusals.push(`v${offer.version} speaks another generation of the protocol.`);
  } else if (archives.length === 0 && refusals.length === 0) {
    refusals.push(`v${offer.version} has nothing for ${world.system}.`);
  }
  for (const archive of spoken) {
    if (choice.digest !== undefined && archive.sha256 !== choice.digest) {
      refusals.push(
        `v${offer.version} is not the one that was locked: its archive has the checksum ${archive.sha256}.`,
      );
      continue;
    }
    try {
      const path = await fetchArchive(archive, offer.version, wanted.source, world);
      return { path, version: offer.version, isNew: true, archive: archive.sha256 };
    } catch (thrown) {
      world.signal.throwIfAborted();
      if (!(thrown instanceof BuildError)) {
        throw thrown;
      }
      refusals.push(`v${offer.version}: ${thrown.message}`);
    }
  }
  return undefined;
}

async function fetchArchive(
  archive: OfferedArchive,
  version: string,
  source: PluginSource,
  world: InstallWorld,
): Promise<string> {
  const { major, minor } = archive.api;
  const { folder, file } = choosePlace(source, version, `x${major}.${minor}`, world);
  await mkdir(folder, { recursive: true });
  const fresh = join(folder, `.${file}.${world.host.random.uuid()}`);
  try {
    await downloadArchive(archive, `${fresh}.zip`, world);
    await unpackPlugin(`${fresh}.zip`, file, fresh, world);
    await probe({ path: fresh, name: source.name, version }, world);
    return await putInPlace(fresh, join(folder, file));
  } finally {
    await rm(fresh, { force: true });
    await rm(`${fresh}.zip`, { force: true });
  }
}

/** Where a plugin is installed, and what its file is called. */
export function choosePlace(
  { host, namespace, name }: PluginSource,
  version: string,
  api: string,
  { root, system }: Pick<InstallWorld, "root" | "system">,
): { readonly folder: string; readonly file: string } {
  const extension = system.startsWith("windows") ? ".exe" : "";
  return {
    folder: join(root, host, ...namespace.split("/"), name),
    file: `packer-plugin-${name}_v${version}_${api}_${system}${extension}`,
  };
}

async function downloadArchive({ url, sha256 }: OfferedArchive, to: string, world: InstallWorld): Promise<void> {
  const { network, clock } = world.host;
  const ended = new AbortController();
  const signal = AbortSignal.any([world.signal, ended.signal]);
  let watch = clock.later(SILENCE, () => ended.abort(new Error(`${url} has been silent for a minute`)));
  const hash = createHash("sha256");
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      watch[Symbol.dispose]();
      watch = clock.later(SILENCE, () => ended.abort(new Error(`${url} has been silent for a minute`)));
      size += chunk.length;
      hash.update(chunk);
      done(size > LARGEST_ARCHIVE ? new Error(`${url} is larger than a plugin can be`) : null, chunk);
    },
  });
  try {
    const response = await network.fetch(url, { signal, headers: { "user-agent": "packer-ts" } });
    if (!response.ok || response.body === null) {
      throw new Error(`${url} answered ${response.status}`);
    }
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    await pipeline(body, counted, createWriteStream(to, { flags: "wx", mode: 0o600 }), { signal });
  } catch (thrown) {
    world.signal.throwIfAborted();
    if (thrown instanceof BuildError) {
      throw thrown;
    }
    const reason: unknown = ended.signal.aborted ? ended.signal.reason : thrown;
    throw failure("network", "plugin/registry", readMessage(reason), { cause: thrown });
  } finally {
    watch[Symbol.dispose]();
  }
  const found = hash.digest("hex");
  if (found !== sha256) {
    throw failure("network", "plugin/checksum", `${url} is not what was published`, {
      detail: `Its checksum is\n  ${found}\nand should be\n  ${sha256}`,
    });
  }
}

async function unpackPlugin(zip: string, file: string, to: string, { signal }: InstallWorld): Promise<void> {
  try {
    const entries = await listZip(zip);
    const entry = entries.find(({ name }) => name === file);
    if (entry === undefined) {
      throw new Error(`it holds ${entries.map(({ name }) => name).join(", ") || "nothing"}, and not ${file}`);
    }
    await extractZip(zip, entry, to, signal);
    await chmod(to, 0o755);
  } catch (thrown) {
    signal.throwIfAborted();
    throw failure("environment", "plugin/archive", "The archive of the plugin cannot be used", {
      detail: `${readMessage(thrown)}.`,
      cause: thrown,
    });
  }
}

/** Asks the program itself before anybody can use it. */
async function probe(plugin: Pick<InstalledPlugin, "path" | "name" | "version">, world: InstallWorld): Promise<void> {
  const { version } = await describePlugin(plugin, world.host);
  const said = version.split("+")[0];
  if (said !== plugin.version) {
    throw failure("environment", "plugin/archive", `The plugin says that it is version ${version}`, {
      detail: `It was published as v${plugin.version}.`,
    });
  }
}

/** Nobody sees half a file: a program without its sum, or with another one, is no plugin yet. */
export async function putInPlace(fresh: string, path: string): Promise<string> {
  const sum = createHash("sha256")
    .update(await readFile(fresh))
    .digest("hex");
  const beside = `${fresh}_SHA256SUM`;
  await writeFile(beside, sum, { mode: 0o644, flag: "wx" });
  await rename(beside, `${path}_SHA256SUM`);
  await rename(fresh, path);
  return path;
}
