// What registries offer: versions of a plugin, their checksums, and where their archives are.
import { failure } from "../../diagnostic/build-error.ts";
import { type ApiAnswer, callApi } from "../../driver/http-api/call.ts";
import { asObject, readJson, readJsonObject } from "../../driver/http-api/json.ts";
import type { PluginSource } from "../../sdk/plugin-source.ts";
import type { InstallWorld } from "./install-world.ts";

const RELEASES = "https://releases.hashicorp.com";
const API = "https://api.github.com";
const DOWNLOADS = "https://github.com";
/** The only namespace that the releases host has. */
const PUBLISHER = "hashicorp";
/** Pages of tags that are read. */
const MOST_PAGES = 20;

/** A version of a plugin that can be had. */
export interface Offer {
  /** Without a `v`. */
  readonly version: string;
  /** Lists the archives for this machine's system, for whichever API. */
  listArchives(): Promise<readonly OfferedArchive[]>;
}

export interface OfferedArchive {
  readonly url: string;
  /** SHA-256 of the archive, in small hexadecimal letters. */
  readonly sha256: string;
  /** The generation of the protocol that its name, or what stands beside it, tells. */
  readonly api: { readonly major: number; readonly minor: number };
}

/** The versions that can be had, in no order. Throws `BuildError`. */
export async function listOffers(source: PluginSource, world: InstallWorld): Promise<readonly Offer[]> {
  if (source.host === "github.com" && source.namespace === PUBLISHER) {
    const released = await listReleases(source, world).catch((thrown: unknown) => {
      world.signal.throwIfAborted();
      world.log(
        `${RELEASES} could not be asked for ${source.text}: ${thrown instanceof Error ? thrown.message : thrown}`,
      );
      return [];
    });
    if (released.length > 0) {
      return released;
    }
  }
  return listGitHub(source, world);
}

async function listReleases(source: PluginSource, world: InstallWorld): Promise<readonly Offer[]> {
  const product = `packer-plugin-${source.name}`;
  const index = await get(`${RELEASES}/${product}/index.json`, world);
  const versions = Object.keys(asObject(readJsonObject(index.text)?.["versions"]) ?? {});
  return versions.map((version) => {
    const base = `${RELEASES}/${product}/${version}/${product}_${version}`;
    return { version, listArchives: () => listReleased(base, product, version, world) };
  });
}

async function listReleased(
  base: string,
  product: string,
  version: string,
  world: InstallWorld,
): Promise<readonly OfferedArchive[]> {
  const sums = parseSums((await get(`${base}_SHA256SUMS`, world)).text);
  const file = `${product}_${version}_${world.system}.zip`;
  const sha256 = sums.get(file);
  if (sha256 === undefined) {
    return [];
  }
  const manifest = readJsonObject((await get(`${base}_manifest.json`, world)).text);
  const api = parseApi(String(asObject(manifest?.["metadata"])?.["protocol_version"] ?? ""));
  return api === undefined ? [] : [{ url: `${base}_${world.system}.zip`, sha256, api }];
}

async function listGitHub(source: PluginSource, world: InstallWorld): Promise<readonly Offer[]> {
  if (source.host !== "github.com" || source.namespace.includes("/")) {
    throw failure("template", "plugin/no-registry", `Nobody is known who has the plugin ${source.text}`, {
      detail: "Plugins are fetched from GitHub: github.com/NAMESPACE/NAME.",
      hint: `Install it from a file: packer-ts plugins install -path FILE ${source.text}`,
    });
  }
  const product = `packer-plugin-${source.name}`;
  const repository = `${source.namespace}/${product}`;
  const tags = await listTags(repository, world);
  return tags.map((tag) => {
    const base = `${DOWNLOADS}/${repository}/releases/download/${tag}/${product}_${tag}`;
    return { version: tag.slice(1), listArchives: () => listTagged(base, `${product}_${tag}`, world) };
  });
}

async function listTags(repository: string, world: InstallWorld): Promise<readonly string[]> {
  const tags: string[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const url = `${API}/repos/${repository}/git/matching-refs/tags?per_page=100&page=${page}`;
    const { text } = await get(url, world, world.token);
    const refs = readJson(text);
    const names = Array.isArray(refs) ? refs.map((ref) => String(asObject(ref)?.["ref"] ?? "")) : [];
    tags.push(...names.map((name) => name.replace(/^refs\/tags\//, "")).filter((name) => /^v\d/.test(name)));
    if (names.length < 100) {
      break;
    }
  }
  return tags;
}

async function listTagged(base: string, prefix: string, world: InstallWorld): Promise<readonly OfferedArchive[]> {
  const sums = parseSums((await get(`${base}_SHA256SUMS`, world)).text);
  return [...sums].flatMap(([file, sha256]) => {
    const api =
      file.startsWith(`${prefix}_x`) && file.endsWith(`_${world.system}.zip`)
        ? parseApi(file.slice(prefix.length + 2))
        : undefined;
    return api === undefined ? [] : [{ url: `${base}${file.slice(prefix.length)}`, sha256, api }];
  });
}

function parseApi(text: string): OfferedArchive["api"] | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

/** Lines of a checksum and a file's name, the latter with a star for binary files; what is neither is passed over. */
function parseSums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, sum, file] = /^([0-9a-f]{64})\s+\*?(\S+)\s*$/i.exec(line) ?? [];
    if (sum !== undefined && file !== undefined) {
      sums.set(file, sum.toLowerCase());
    }
  }
  return sums;
}

async function get(url: string, world: InstallWorld, token?: string): Promise<ApiAnswer> {
  const isApi = url.startsWith(API);
  const headers: Record<string, string> = { "user-agent": "packer-ts" };
  if (isApi) {
    headers["accept"] = "application/vnd.github+json";
  }
  if (isApi && token !== undefined) {
    headers["authorization"] = `Bearer ${token}`;
  }
  const answer = await callApi(world.host, { url, headers }, world.signal);
  if (!answer.ok) {
    throw reportRefusal(url, answer, token !== undefined);
  }
  return answer;
}

function reportRefusal(url: string, { status, headers }: ApiAnswer, hasToken: boolean): Error {
  const isLimited = (status === 403 || status === 429) && headers.get("x-ratelimit-remaining") === "0";
  if (isLimited) {
    const reset = Number(headers.get("x-ratelimit-reset") ?? 0);
    const when = reset > 0 ? ` It takes more from ${new Date(reset * 1000).toISOString()} on.` : "";
    return failure("capacity", "plugin/rate-limit", "GitHub takes no more questions about plugins for now", {
      detail: `${url} answered ${status}.${when}`,
      hint: hasToken
        ? "The token that was given has used up its share; wait, or use another one."
        : "Set PACKER_GITHUB_API_TOKEN to a token, which may ask far more often.",
    });
  }
  const hint =
    status === 404
      ? "Check the source of the plugin; a private repository needs PACKER_GITHUB_API_TOKEN."
      : "Try again later, or install the plugin from a file with: packer-ts plugins install -path FILE SOURCE";
  return failure(status === 401 ? "auth" : "network", "plugin/registry", `${url} answered ${status}`, { hint });
}
