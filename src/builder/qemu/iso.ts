// The CD or disk that the machine starts from.
import { resolve } from "node:path";
import { resolveChecksum } from "../../driver/download/checksum-file.ts";
import { type Digest, download, sourceFacts } from "../../driver/download/download.ts";
import { sourceOf } from "../../driver/download/source.ts";
import type { BaseFacts, BuildRun, LookRun } from "../../sdk/builder.ts";
import { isoSources, parseIsoChecksum } from "../../step/iso.ts";
import type { QemuConfig } from "./facts.ts";

/** Gets it and gives its path on this machine, or what QEMU itself is to read. */
export async function getIso(config: QemuConfig, run: BuildRun): Promise<string> {
  const sources = isoSources(config);
  if (config.iso_skip_cache) {
    return untouched(sources[0] ?? "", run);
  }
  const checksum = await digestOf(config, sources[0] ?? "", run);
  const { iso_target_path: targetPath, iso_target_extension: extension } = config;
  return download({ title: "ISO", sources, checksum, targetPath, extension }, run);
}

function untouched(source: string, run: BuildRun): string {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(source) ? source.replace(/^file:\/\//, "") : resolve(run.host.cwd, source);
}

/** What a build would start from now. */
export async function currentIso(config: QemuConfig, run: LookRun): Promise<BaseFacts | undefined> {
  const sources = isoSources(config);
  const digest = config.iso_skip_cache ? undefined : await digestOf(config, sources[0] ?? "", run);
  const known = digest === undefined ? await sourceFacts(sources, run) : `${digest.algorithm}:${digest.hex}`;
  if (known === undefined) {
    throw new Error(`Nothing is known of ${sources.join(" or ")}`);
  }
  return { what: sourceOf(sources[0] ?? "", run).shown, digest: known };
}

async function digestOf(config: QemuConfig, source: string, run: BuildRun | LookRun): Promise<Digest | undefined> {
  const checksum = parseIsoChecksum(config.iso_checksum ?? "");
  if (checksum.kind === "file") {
    return resolveChecksum(checksum.source, source, run);
  }
  return checksum.kind === "digest" ? checksum : undefined;
}
