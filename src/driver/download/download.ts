// Fetches a file that a build starts from, from the first place that has it, into a cache that Packer shares.
import { createHash } from "node:crypto";
import { mkdir, rename, stat } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { BuildError, failure, readDiagnosticCode, readMessage } from "../../diagnostic/build-error.ts";
import { computeDigests } from "../checksum/digest.ts";
import { isStill, readIdentity } from "../local-files/identity.ts";
import { withLock } from "../local-files/lock.ts";
import type { Digest, DownloadRun } from "./download-run.ts";
import { findOnDisk } from "./on-disk.ts";
import { measureOwn } from "./part-file.ts";
import { digestAddress, type Origin, readRecord, writeRecord } from "./records.ts";
import { Interrupted } from "./request.ts";
import { hideSecrets, readSource, type Source } from "./source.ts";
import { discardPart, type Received, transfer } from "./transfer.ts";
import { unpack } from "./unpack.ts";

/** Milliseconds between two looks at whether somebody else is through. */
const LOOK_EVERY = 500;

export type { Digest } from "./download-run.ts";
export { sourceFacts } from "./source-facts.ts";

export interface DownloadRequest {
  /** For people: `ISO`. */
  readonly title: string;
  /** Addresses and paths, in the order in which they are tried. */
  readonly sources: readonly string[];
  /** Of the file at the source, also where that is compressed. */
  readonly checksum: Digest | undefined;
  /** Where the file is to be; a name without an extension is a folder. In the cache unless given. */
  readonly targetPath?: string | undefined;
  /** Of the file's name in the cache, without the dot. */
  readonly extension: string;
}

/** Fetches a file and gives its absolute path. A local file that is not packed is used where it is, as Packer does. */
export async function download(request: DownloadRequest, run: DownloadRun): Promise<string> {
  const { ui, signal } = run;
  ui.say(`Retrieving ${request.title}`);
  if (request.sources.length === 0) {
    throw failure("template", "download/failed", `There is no address to download the ${request.title} from`);
  }
  const problems: Problem[] = [];
  for (const text of request.sources) {
    signal.throwIfAborted();
    try {
      const source = readSource(text, run);
      const digest = source.digest ?? request.checksum;
      const shown = digest === undefined ? source.shown : withChecksum(source.shown, digest);
      for (const line of new Set([source.shown, shown])) {
        ui.say(`Trying ${line}`);
      }
      const path = await obtain(source, digest, choosePlace(text, request, run), run);
      ui.say(`${shown} => ${path}`);
      return path;
    } catch (thrown) {
      signal.throwIfAborted();
      const isOwn = thrown instanceof BuildError || thrown instanceof Interrupted;
      // What this machine lacks, the next place does not give it.
      if (!isOwn || (thrown instanceof BuildError && thrown.failure === "environment")) {
        throw thrown;
      }
      if (readDiagnosticCode(thrown) !== "download/checksum") {
        ui.say(`Download failed ${readMessage(thrown)}`);
      }
      problems.push({ source: hideSecrets(text), thrown });
    }
  }
  throw explainAll(request.title, problems);
}

function withChecksum(shown: string, { algorithm, hex }: Digest): string {
  return `${shown}${shown.includes("?") ? "&" : "?"}checksum=${algorithm}%3A${hex}`;
}

/** As Packer names it, so that both find what the other has fetched. */
function choosePlace(
  source: string,
  { checksum, targetPath, extension }: DownloadRequest,
  { host }: DownloadRun,
): string {
  const key = checksum === undefined ? source : `${checksum.algorithm}:${checksum.hex}`;
  const name = `${createHash("sha1").update(key).digest("hex")}.${extension.toLowerCase()}`;
  if (!targetPath) {
    return join(host.cacheDir, name);
  }
  const target = resolve(host.cwd, targetPath);
  return extname(target) === "" ? join(target, name) : target;
}

async function obtain(source: Source, digest: Digest | undefined, place: string, run: DownloadRun): Promise<string> {
  if ("path" in source.at) {
    const { path } = source.at;
    await checkLocal(path, digest, run);
    const { packing } = source;
    if (packing === undefined) {
      return path;
    }
    await useInPlace(place, run, async () => {
      if (digest !== undefined && (await isUnpacked(place, digest, run))) {
        return;
      }
      await finish(path, { packing, digest }, place, run);
    });
    return place;
  }
  const { url, headers } = source.at;
  await useInPlace(place, run, () => fetchTo(place, { source, digest, url, headers }, run));
  return place;
}

async function useInPlace(place: string, run: DownloadRun, body: () => Promise<void>): Promise<void> {
  await findOnDisk(place, async () => {
    await mkdir(dirname(place), { recursive: true });
    const waiting = (): void => run.ui.message(`Waiting for another build that fetches ${place}`);
    await withLock(
      { host: run.host, signal: run.signal, lock: `${place}.owner`, lookEvery: LOOK_EVERY, waiting },
      body,
    );
  });
}

/** A file of the user's own is never removed, whatever it holds. */
async function checkLocal(path: string, digest: Digest | undefined, { host, signal }: DownloadRun): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  const missing = (what: string): Error =>
    failure("template", "download/missing", `source path error: ${what}`, {
      hint: `Paths are relative to the current folder, ${host.cwd}.`,
    });
  if (found === undefined) {
    throw missing(`stat ${path}: no such file or directory`);
  }
  if (!found.isFile()) {
    throw missing(`${path} is not a file`);
  }
  if (digest === undefined) {
    return;
  }
  const [got = ""] = await computeDigests(path, [digest.algorithm], signal);
  if (got !== digest.hex) {
    throw explainMismatch(path, digest, got);
  }
}

interface Wanted {
  readonly source: Source;
  readonly digest: Digest | undefined;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function fetchTo(place: string, wanted: Wanted, run: DownloadRun): Promise<void> {
  const { source, digest } = wanted;
  const { fileCache } = run.host;
  if (digest !== undefined) {
    if (source.packing !== undefined) {
      if (await isUnpacked(place, digest, run)) {
        return;
      }
    } else {
      const key = `${digest.algorithm}-${digest.hex}`;
      if (await has(place, digest, run)) {
        return;
      }
      if ((await fileCache?.restore(place, key)) === true && (await has(place, digest, run))) {
        run.ui.message("An earlier run has kept it");
        return;
      }
      await receive(place, wanted, run);
      fileCache?.offer(place, key);
      return;
    }
  }
  await receive(place, wanted, run);
}

/** As Packer: a file of the cache is read again every time before it is trusted. */
async function has(path: string, { algorithm, hex }: Digest, { signal }: DownloadRun): Promise<boolean> {
  const isThere = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  return isThere && (await computeDigests(path, [algorithm], signal))[0] === hex;
}

function readOrigin(place: string): string {
  return `${place}.origin.json`;
}

/**
 * Unlike Packer, which fetches a compressed file every time because the checksum is that of the compressed file:
 * what it was unpacked from is remembered, and its own digest.
 */
async function isUnpacked(place: string, digest: Digest, run: DownloadRun): Promise<boolean> {
  const origin = await readRecord<Origin>(readOrigin(place), run.host);
  if (origin?.unpackedFrom !== `${digest.algorithm}:${digest.hex}` || origin.sha256 === undefined) {
    return false;
  }
  return has(place, { algorithm: "sha256", hex: origin.sha256 }, run);
}

/** Asks the server, which may say that what is there is still right. */
async function receive(place: string, wanted: Wanted, run: DownloadRun): Promise<void> {
  const { source, digest, url, headers } = wanted;
  const part = `${place}.part`;
  const known = digest === undefined ? await findKnownVersion(place, url, run) : undefined;
  const request = { url, headers, name: source.name, part, digest, known };
  let received = await transfer(request, run);
  if (digest !== undefined && received?.hex !== digest.hex && received?.isPatched === true) {
    run.ui.message("What was put together does not have the checksum: it is fetched anew as a whole");
    await discardPart(part);
    received = await transfer(request, run);
  }
  if (received === undefined) {
    return;
  }
  if (digest !== undefined && received.hex !== digest.hex) {
    run.ui.say(`Checksum did not match, removing ${place}`);
    await discardPart(part);
    throw explainMismatch(place, digest, received.hex ?? "", source.packing !== undefined);
  }
  await finish(part, { packing: source.packing, digest, received }, place, run);
  await discardPart(part);
}

/**
 * Without a checksum a file may be out of date. Packer fetches it anew, or takes what has the right size; here the
 * server is asked whether it still has the version that was fetched.
 */
async function findKnownVersion(
  place: string,
  url: string,
  { host }: DownloadRun,
): Promise<Received["version"] | undefined> {
  const origin = await readRecord<Origin>(readOrigin(place), host);
  const found = await measureOwn(place);
  const isWhole = origin?.bytes === found && (await isStill(place, origin.file));
  return isWhole && origin.version?.from === digestAddress(url) ? origin.version : undefined;
}

interface Finishing {
  readonly packing: Source["packing"];
  readonly digest: Digest | undefined;
  readonly received?: Received | undefined;
}

async function finish(
  from: string,
  { packing, digest, received }: Finishing,
  place: string,
  run: DownloadRun,
): Promise<void> {
  const origin: { -readonly [Name in keyof Origin]: Origin[Name] } = {};
  let whole = from;
  if (packing !== undefined) {
    whole = `${place}.unpacked`;
    run.ui.message(`Unpacking ${received === undefined ? from : place}`);
    await unpack(packing, from, whole, run);
    if (digest !== undefined) {
      const [sha256 = ""] = await computeDigests(whole, ["sha256"], run.signal);
      Object.assign(origin, { unpackedFrom: `${digest.algorithm}:${digest.hex}`, sha256 });
    }
  }
  if (digest === undefined && received !== undefined) {
    const [file, bytes] = [await readIdentity(whole), await measureOwn(whole)];
    Object.assign(origin, { version: received.version, file, bytes });
  }
  // The old note must not speak for the new file, not even if this process ends in between.
  await writeRecord(readOrigin(place), undefined, run.host);
  await rename(whole, place);
  if (Object.keys(origin).length > 0) {
    await writeRecord(readOrigin(place), origin, run.host);
  }
}

function explainMismatch(path: string, { algorithm, hex }: Digest, got: string, isPacked = false): BuildError {
  const detail = `Expected: ${hex}\nGot: ${got}\n${algorithm}`;
  const hint = isPacked
    ? "The checksum has to be that of the compressed file."
    : "The publisher may have replaced the file: compare with the checksums that are given there.";
  return failure("template", "download/checksum", `Checksums did not match for ${path}.`, { detail, hint });
}

/** Why one place did not give the file. */
interface Problem {
  readonly source: string;
  readonly thrown: Error;
}

/** One failure for all places, of the kind that most can be done about. */
function explainAll(title: string, problems: readonly Problem[]): BuildError {
  const failures = problems.map(({ thrown }) => thrown);
  const kinds = failures.map((thrown) => (thrown instanceof BuildError ? thrown.failure : "network"));
  const kind = (["template", "auth", "timeout"] as const).find((one) => kinds.includes(one)) ?? "network";
  const codes = new Set(failures.map(readDiagnosticCode));
  const hint =
    chooseHint(failures) ??
    "Try the address with curl on this machine. Other places of the same file can be named too; they are tried in order.";
  const [code = ""] = codes.size === 1 ? codes : [];
  const summary = `error downloading ${title}: [${failures.map(readMessage).join(" ")}]`;
  // Several places that fail are told apart by their addresses.
  const each = problems.map(({ source, thrown }) => `${source}: ${readMessage(thrown)}`).join("\n");
  const detail = problems.length > 1 ? { detail: each } : {};
  return failure(kind, code.startsWith("download/") ? code : "download/failed", summary, {
    ...detail,
    hint,
    cause: failures[0],
  });
}

function chooseHint(failures: readonly Error[]): string | undefined {
  const reasons = failures.map((thrown) => (thrown instanceof Interrupted ? thrown.cause : thrown));
  const hints = reasons.flatMap((reason) => (reason instanceof BuildError ? (reason.diagnostics[0]?.hint ?? []) : []));
  return hints.length === 0 ? undefined : [...new Set(hints)].join("\n");
}
