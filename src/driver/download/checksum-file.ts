// Files with checksums, as publishers put them beside what they publish.
import { readFile, stat } from "node:fs/promises";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import { type Digest, type DownloadRun, hashFile } from "./download-run.ts";
import { Interrupted } from "./request.ts";
import { readSource, type Source } from "./source.ts";
import { fetchText, LARGEST_TEXT } from "./text-at.ts";

interface Entry {
  /** Missing in a file that holds one digest and nothing else. */
  readonly name: string | undefined;
  readonly digest: Digest;
}

/** No line with a checksum is longer; what is may be made to be read for ever. */
const LONGEST_LINE = 4096;

/** Strongest first. */
const STRENGTH = ["sha512", "sha256", "sha1", "md5"] as const;

/** The digest of the file at `isoUrl`, from a checksum file at an address or a path. */
export async function resolveChecksum(source: string, isoUrl: string, run: DownloadRun): Promise<Digest> {
  const place = readSource(source, run);
  const text = await readPlace(place, run);
  const entries = parseEntries(text);
  const file = readSource(isoUrl, run);
  const found = findEntry(file, entries);
  if (found !== undefined) {
    return found;
  }
  const names = [...new Set(entries.flatMap(({ name }) => name ?? []))];
  const near = didYouMean(file.name, names.map(takeBaseName));
  const listed = names.length === 0 ? "There is no line with a checksum in it." : `It names ${some(names)}.`;
  throw failure("template", "download/checksum-file", `no checksum found in: ${place.shown}`, {
    detail: `"${file.name}" is not listed there. ${listed}`,
    hint:
      near === undefined
        ? "Compare the names in that file with the end of the ISO's address."
        : `did you mean "${near}"?`,
  });
}

async function readPlace(place: Source, run: DownloadRun): Promise<string> {
  try {
    if ("url" in place.at) {
      return await fetchText(place.at.url, place.at.headers, run);
    }
    return await readLocal(place.at.path);
  } catch (thrown) {
    run.signal.throwIfAborted();
    const kind = thrown instanceof Interrupted || "url" in place.at ? "network" : "template";
    throw failure(kind, "download/failed", `Error downloading checksum file: ${place.shown}: ${readMessage(thrown)}`, {
      cause: thrown,
    });
  }
}

async function readLocal(path: string): Promise<string> {
  const found = await stat(path);
  if (!found.isFile()) {
    throw new Error("it is not a file");
  }
  if (found.size > LARGEST_TEXT) {
    throw new Error(`it is larger than ${LARGEST_TEXT / 1024 / 1024} MiB`);
  }
  return readFile(path, "utf8");
}

/** Reads `HEX  NAME`, `HEX *NAME`, `KIND (NAME) = HEX` and a lone `HEX`; other lines say nothing. */
function parseEntries(text: string): readonly Entry[] {
  return text.split(/\r\n|\r|\n/).flatMap((whole) => {
    if (whole.length > LONGEST_LINE) {
      return [];
    }
    const line = whole.trim();
    const [, type, bsdName, bsdHex = ""] = /^([a-z0-9-]+)\s*\((.+)\)\s*=\s*([0-9a-f]+)$/i.exec(line) ?? [];
    const [, hex = "", name] = /^([0-9a-f]{32,})(?:\s+\*?(\S.*))?$/i.exec(line) ?? [];
    const digest = bsdName === undefined ? hashFile(hex) : hashFile(bsdHex, type?.toLowerCase().replace("-", ""));
    return digest === undefined ? [] : [{ name: bsdName ?? name, digest }];
  });
}

/** The entry of exactly this name, else of the same path, else of the same name in another folder. */
function findEntry(file: Source, entries: readonly Entry[]): Digest | undefined {
  const path = "url" in file.at ? new URL(file.at.url).pathname : file.at.path;
  const named = entries.filter(({ name }) => name !== undefined && takeBaseName(name) === file.name);
  const exact = named.filter(({ name }) => name?.replace(/^\.\//, "") === file.name);
  const samePath = named.filter(({ name = "" }) => path.endsWith(`/${name.replace(/^\.?\//, "")}`));
  const lone = entries.every(({ name }) => name === undefined) ? entries : [];
  const fitting =
    [exact, samePath, isOne(named) ? named : [], isOne(lone) ? lone : []].find((list) => list.length > 0) ?? [];
  const strongest = STRENGTH.find((algorithm) => fitting.some(({ digest }) => digest.algorithm === algorithm));
  return fitting.find(({ digest }) => digest.algorithm === strongest)?.digest;
}

/** Whether all entries can speak of the same file: none contradicts another. */
function isOne(entries: readonly Entry[]): boolean {
  const kinds = new Map<string, string>();
  return entries.every(({ digest: { algorithm, hex } }) => {
    const known = kinds.get(algorithm) ?? hex;
    kinds.set(algorithm, hex);
    return known === hex;
  });
}

function takeBaseName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `"${name}"`);
  return names.length > 5 ? `${shown.join(", ")} and ${names.length - 5} more` : shown.join(", ");
}
