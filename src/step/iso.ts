// The ISO that a machine starts from: where it is, how to tell that it is the right one, and getting it.
import { extname, resolve } from "node:path";
import { DIGEST_DIGITS, type Digest } from "../driver/download/download-run.ts";
import type { BaseFacts, LookRun } from "../sdk/builder.ts";
import type { PrepareContext, WrittenPath } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import type { Run } from "../sdk/run.ts";
import { statProblem, suggestPath } from "./local-path.ts";

const options = Object.freeze({
  iso_url: option.string({
    description:
      "Where the ISO is: an `http` or `https` address, a `file://` address, or a path relative to the current folder. " +
      "A file that ends with `.gz`, `.xz` or `.bz2` is unpacked unless the address has `archive=false` behind its `?`.",
    example: "https://cdimage.debian.org/cdimage/archive/12.0.0/amd64/iso-cd/debian-12.0.0-amd64-netinst.iso",
  }),
  iso_urls: option.strings({
    description: "Several places of the same ISO, in the order in which they are tried. Instead of `iso_url`.",
  }),
  iso_checksum: option.string({
    description:
      "The checksum of the file at `iso_url`, as hexadecimal digits with or without the kind in front (`sha256:…`, `sha512:…`, `sha1:…`, `md5:…`), " +
      "or `file:` and the address or path of a file with checksums. `none` checks nothing. Always needed.",
    example: "file:https://cdimage.debian.org/cdimage/archive/12.0.0/amd64/iso-cd/SHA256SUMS",
  }),
  iso_target_path: option.string({
    description:
      "Where to keep the downloaded ISO: a file, or a folder if its name has no extension. In the folder `PACKER_CACHE_DIR` unless set. An ISO that is a local file stays where it is.",
    example: "downloads/debian.iso",
  }),
  iso_target_extension: option.string({
    description: "How the name of the downloaded file ends.",
    default: "iso",
    example: "img",
  }),
});

/** QEMU alone can read an ISO where it is. */
type Config = ConfigOf<typeof options> & { readonly iso_skip_cache?: boolean | undefined };

/** Where an ISO is, and its checksum. */
export const isoStep = Object.freeze({
  options,
  /** Reports everything that is wrong with where the ISO is and with its checksum. */
  check(config: Config, context: PrepareContext): void {
    checkSources(config, context);
    if (!context.isPending("iso_checksum")) {
      // As Packer: what is not downloaded is not checked.
      checkChecksum(config.iso_skip_cache ? "none" : (config.iso_checksum ?? ""), context);
    }
  },
});

/** What `iso_checksum` asks for. */
export type IsoChecksum =
  | { readonly kind: "none" }
  | ({ readonly kind: "digest" } & Digest)
  | { readonly kind: "file"; readonly source: string }
  | { readonly kind: "invalid"; readonly reason: string };

const FORMS =
  'Write "sha256:" and the 64 digits that the publisher of the ISO gives, "file:" and the address of a SHA256SUMS file, or "none".';

/** The places of the ISO in the order in which they are tried. */
export function listIsoSources(config: Pick<Config, "iso_url" | "iso_urls">): readonly string[] {
  return (config.iso_url ? [config.iso_url] : config.iso_urls).filter((source) => source !== "");
}

/** Reads a checksum as it stands in a template. */
export function parseIsoChecksum(text: string): IsoChecksum {
  if (text === "") {
    return { kind: "invalid", reason: "A checksum must be specified" };
  }
  if (text === "none") {
    return { kind: "none" };
  }
  const colon = text.indexOf(":");
  const type = text.slice(0, Math.max(colon, 0)).toLowerCase();
  if (type === "file") {
    const source = text.slice(colon + 1);
    return source === "" ? reportInvalid(text, "the file with the checksums is missing") : { kind: "file", source };
  }
  const hex = text.slice(colon + 1);
  const stray = /[^0-9a-f]/i.exec(hex)?.[0];
  if (stray !== undefined) {
    return reportInvalid(text, `invalid checksum: "${stray}" is not a hexadecimal digit`);
  }
  if (colon < 0) {
    const found = Object.entries(DIGEST_DIGITS).find(([, digits]) => digits === hex.length)?.[0];
    return found === undefined
      ? reportInvalid(text, `Unknown type for checksum of ${describeDigits(hex.length)}; ${listKnown()}`)
      : { kind: "digest", algorithm: found as Digest["algorithm"], hex: hex.toLowerCase() };
  }
  if (!Object.hasOwn(DIGEST_DIGITS, type)) {
    return reportInvalid(text, `unsupported checksum type: ${text.slice(0, colon)}`);
  }
  const algorithm = type as Digest["algorithm"];
  // Unlike Packer, which finds out after the download: a digest of another length never matches.
  if (hex.length !== DIGEST_DIGITS[algorithm]) {
    return reportInvalid(
      text,
      `invalid checksum: ${algorithm} has ${DIGEST_DIGITS[algorithm]} hexadecimal digits, not ${hex.length}`,
    );
  }
  return { kind: "digest", algorithm, hex: hex.toLowerCase() };
}

function reportInvalid(text: string, reason: string): IsoChecksum {
  return { kind: "invalid", reason: `${reason} in "${text}"` };
}

function describeDigits(digits: number): string {
  return digits === 1 ? "1 digit" : `${digits} digits`;
}

function listKnown(): string {
  return Object.entries(DIGEST_DIGITS)
    .map(([type, digits]) => `${type} has ${digits}`)
    .join(", ");
}

function checkSources(config: Config, context: PrepareContext): void {
  if (context.isPending("iso_url") || context.isPending("iso_urls")) {
    return;
  }
  if (config.iso_url && config.iso_urls.length > 0) {
    context.problem("iso_urls", "Only one of iso_url or iso_urls must be specified", {
      hint: 'Put all addresses into "iso_urls"; they are tried in order.',
    });
  }
  if (!config.iso_url && config.iso_urls.length === 0) {
    context.problem("", "One of iso_url or iso_urls must be specified", {
      hint: 'Add "iso_url": the address of the ISO, or its path on this machine.',
    });
  }
  const name = config.iso_url ? "iso_url" : "iso_urls";
  if (config.iso_urls.includes("")) {
    context.warn("iso_urls", "An address of iso_urls is empty and is left out.");
  }
  for (const source of listIsoSources(config)) {
    const path = source.replace(/\?(archive|checksum|filename)=.*/s, "");
    const missing = isLocalPath(source) ? statProblem(path, context.host) : undefined;
    // As Packer, which does not look: something may still put the file there before the build.
    if (missing !== undefined) {
      context.warn(name, `The ISO is not there (yet): ${missing}. ${suggestPath(path, context)}`);
    }
  }
}

function checkChecksum(text: string, context: PrepareContext): void {
  const checksum = parseIsoChecksum(text);
  if (checksum.kind === "invalid") {
    context.problem("iso_checksum", checksum.reason, { hint: FORMS });
  }
  if (checksum.kind === "none") {
    context.warn(
      "iso_checksum",
      "A checksum of 'none' was specified. Since ISO files are so big,\na checksum is highly recommended.",
    );
  }
  if (checksum.kind === "file" && isLocalPath(checksum.source)) {
    const missing = statProblem(checksum.source, context.host);
    if (missing !== undefined) {
      context.problem("iso_checksum", `Error downloading checksum file: source path error: ${missing}`, {
        hint: suggestPath(checksum.source, context),
      });
    }
  }
  if (text.toLowerCase().endsWith(".iso")) {
    context.problem("iso_checksum", "Error parsing checksum: .iso is not a valid checksum ending", {
      hint: "This looks like the address of the ISO itself. The file with its checksums is usually beside it.",
    });
  }
}

/** A letter before the colon is a drive of Windows; two colons ask for a way to fetch. */
function isLocalPath(source: string): boolean {
  return !/^[a-z][a-z0-9+.-]+:/i.test(source);
}

/** Files of this machine among the places of the ISO, and the one that it is kept at. */
export function listLocalIsoFiles(config: Config): readonly string[] {
  const local = listIsoSources(config).filter((source) => isLocalPath(source) || source.startsWith("file://"));
  const kept = config.iso_target_path ? [config.iso_target_path] : [];
  return [...local.map((source) => source.replace(/^file:\/\//, "")), ...kept];
}

/** The file that a downloaded ISO is kept at, where the template names one. */
export function listWrittenIso(config: Config): readonly WrittenPath[] {
  const { iso_target_path: path, iso_checksum: checksum = "" } = config;
  const sources = listIsoSources(config);
  const isDownloaded = sources.some((source) => /^https?:/i.test(source));
  // Without an extension it is a folder, in which each ISO has a name of its own.
  if (!path || extname(path) === "" || !isDownloaded || config.iso_skip_cache) {
    return [];
  }
  return [{ option: "iso_target_path", path, is: "file", content: [checksum, ...sources].join("\n") }];
}

/** Gets the ISO and gives its path on this machine, or what QEMU itself is to read. */
export async function getIso(config: Config, run: Run): Promise<string> {
  const sources = listIsoSources(config);
  if (config.iso_skip_cache) {
    return findUncached(sources[0] ?? "", run);
  }
  const checksum = await findDigest(config, sources[0] ?? "", run);
  const { iso_target_path: targetPath, iso_target_extension: extension } = config;
  const { download } = await import("../driver/download/download.ts");
  return download({ title: "ISO", sources, checksum, targetPath, extension }, run);
}

function findUncached(source: string, run: Run): string {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(source) ? source.replace(/^file:\/\//, "") : resolve(run.host.cwd, source);
}

/** What a build would start from now. */
export async function findCurrentIso(config: Config, run: LookRun): Promise<BaseFacts | undefined> {
  const sources = listIsoSources(config);
  const digest = config.iso_skip_cache ? undefined : await findDigest(config, sources[0] ?? "", run);
  const [{ sourceFacts }, { readSource }] = await Promise.all([
    import("../driver/download/download.ts"),
    import("../driver/download/source.ts"),
  ]);
  const known = digest === undefined ? await sourceFacts(sources, run) : `${digest.algorithm}:${digest.hex}`;
  if (known === undefined) {
    throw new Error(`Nothing is known of ${sources.join(" or ")}`);
  }
  return { what: readSource(sources[0] ?? "", run).shown, digest: known };
}

async function findDigest(config: Config, source: string, run: Run | LookRun): Promise<Digest | undefined> {
  const checksum = parseIsoChecksum(config.iso_checksum ?? "");
  if (checksum.kind === "file") {
    const { resolveChecksum } = await import("../driver/download/checksum-file.ts");
    return resolveChecksum(checksum.source, source, run);
  }
  return checksum.kind === "digest" ? checksum : undefined;
}
