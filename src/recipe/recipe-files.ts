// The content of files and folders as digests, each file read once however many builds use it.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { compareTexts } from "../diagnostic/text-order.ts";
import type { FileGate } from "../host/file-gate.ts";
import type { Host } from "../host/host.ts";
import type { SecretDigest, SecretFinder } from "./recipe-secrets.ts";

/** A file that goes into a build. */
export interface FileRecipe {
  /** Relative to the current folder where it lies in it. */
  readonly path: string;
  /** Of the content; `secret:…` when the file holds a secret, `missing` when there is none. */
  readonly sha256: string;
  /** Permission bits such as `755`. */
  readonly mode?: string | undefined;
}

/** A file or folder, as the template names it. */
export interface FileSource {
  readonly path: string;
  /** Tells which absolute paths in it are none of the build's. */
  readonly leavesOut?: ((path: string) => boolean) | undefined;
}

/** What is known of one file. */
export type FileFacts = Omit<FileRecipe, "path">;

/** Reads the facts of one file, by its absolute path. */
export interface FileReader {
  read(path: string): Promise<FileFacts>;
  /** True for a file that is none of the build's, such as the record of fingerprints itself. */
  skips(path: string): boolean;
}

/** Beyond this a file is no list of passwords. */
const LARGEST_SECRET = 256 * 1024;

/** Remembers what it has read. */
export function openFileReader(
  secrets: SecretFinder,
  digest: SecretDigest,
  skipped: readonly string[] = [],
): FileReader {
  const known = new Map<string, Promise<FileFacts>>();
  return {
    skips: (path) => skipped.includes(path),
    read: (path) => {
      const facts = known.get(path) ?? readFacts(path, secrets, digest);
      known.set(path, facts);
      return facts;
    },
  };
}

/** Files and the files in folders, sorted by path. */
export async function readFiles(
  sources: readonly FileSource[],
  { host, files }: { readonly host: Pick<Host, "cwd" | "files">; readonly files: FileReader },
): Promise<readonly FileRecipe[]> {
  const found = new Map<string, FileRecipe>();
  for (const { path, leavesOut = () => false } of sources) {
    const whole = resolve(host.cwd, path);
    for (const { file, isRefused } of await listFiles(whole, host.files)) {
      if (files.skips(file) || leavesOut(file)) {
        continue;
      }
      const shown = showPath(file, host.cwd);
      const facts: FileFacts = isRefused ? { sha256: "not read" } : await files.read(file);
      found.set(shown, { path: shown, ...facts });
    }
  }
  return [...found.values()].sort((a, b) => compareTexts(a.path, b.path));
}

function showPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return (inside.startsWith("..") || inside === "" ? path : inside).replaceAll(sep, "/");
}

interface FoundFile {
  readonly file: string;
  /** True for what is not read for a template. */
  readonly isRefused: boolean;
}

async function listFiles(path: string, gate: FileGate): Promise<readonly FoundFile[]> {
  if (gate.refusal(path) !== undefined) {
    return [{ file: path, isRefused: true }];
  }
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isDirectory() !== true) {
    return [{ file: path, isRefused: false }];
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      // Only links lead out of a folder that may be read.
      return { file, isRefused: !entry.isFile() && gate.refusal(file) !== undefined };
    });
}

async function readFacts(path: string, secrets: SecretFinder, digest: SecretDigest): Promise<FileFacts> {
  try {
    const facts = await stat(path);
    // Only a link inside a folder leads here; where it points to is what it is.
    if (facts.isDirectory()) {
      return { sha256: hashBytes(`link to ${await readlink(path)}`) };
    }
    const mode = (facts.mode & 0o777).toString(8);
    if (!facts.isFile()) {
      return { sha256: "no regular file", mode };
    }
    if (facts.size <= LARGEST_SECRET) {
      const content = await readFile(path);
      const text = content.toString("latin1");
      const hasSecret = secrets.holds(text) || secrets.holds(content.toString("utf8"));
      return { sha256: hasSecret ? await digest(content.toString("base64")) : hashBytes(content), mode };
    }
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      hash.update(chunk as Buffer);
    }
    return { sha256: hash.digest("hex"), mode };
  } catch {
    return { sha256: "missing" };
  }
}

function hashBytes(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
