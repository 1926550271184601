// Artifacts as later steps and people see them: with the size and checksum of every file.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ResultArtifact } from "../../command/recorded-run.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { RunRecord } from "./run-record.ts";

export type FileFacts = ResultArtifact["files"][number];

export interface ArtifactRecord extends ResultArtifact {
  /** An image that was pushed: what its registry knows it by, `name@sha256:…`. */
  readonly digest?: string | undefined;
  /** An image: all names that it was given. */
  readonly tags?: readonly string[] | undefined;
  /** Amazon and the like: one id for each region. */
  readonly regions?: Readonly<Record<string, string>> | undefined;
  /** Files that it says it has and that are not there. It is neither uploaded nor attested. */
  readonly missing?: readonly string[] | undefined;
}

/** The artifacts of all builds that succeeded, in order; what a later post-processor consumed is left out. */
export async function recordArtifacts(
  { builds }: RunRecord,
  cwd: string,
  { checksums, isElsewhere }: { readonly checksums: boolean; readonly isElsewhere: boolean },
): Promise<readonly ArtifactRecord[]> {
  const records: ArtifactRecord[] = [];
  const measured = new Map<string, Promise<FileFacts | undefined>>();
  const measure = (path: string): Promise<FileFacts | undefined> => {
    const known = measured.get(path) ?? measureFile(path, cwd, checksums);
    measured.set(path, known);
    return known;
  };
  for (const { template, name, builderType, artifacts, builtAt } of builds) {
    const seen = new Set<string>();
    for (const { builderId, id, text, files, tags, digest, nil, gone } of artifacts) {
      const key = JSON.stringify([builderId, id, files]);
      if (nil === true || gone === true || seen.has(key)) {
        continue;
      }
      seen.add(key);
      const found = await Promise.all(files.map(measure));
      // What an earlier run built may be stored elsewhere.
      const missing = isElsewhere && builtAt !== undefined ? [] : files.filter((_, i) => found[i] === undefined);
      const regions = readRegions(id);
      records.push({
        template,
        build: name,
        builder: builderType,
        builder_id: builderId,
        id,
        description: text,
        tags,
        digest,
        regions,
        files: found.filter((fact) => fact !== undefined),
        missing: missing.length === 0 ? undefined : missing,
        unchanged_since: builtAt,
      });
    }
  }
  return records;
}

/** A message for each artifact that is not all there: whoever uses it must not find out later. */
export function reportMissingFiles(artifacts: readonly ArtifactRecord[]): readonly Diagnostic[] {
  return artifacts.flatMap(({ build, template, description, missing = [] }) => {
    if (missing.length === 0) {
      return [];
    }
    const [first = "", ...more] = missing;
    const others = more.length === 0 ? "" : ` and ${more.length} more`;
    return {
      code: "action/artifact-missing",
      severity: "error",
      summary: `A file of the artifact of build '${build}' is missing: ${first}${others}`,
      detail: [`In ${template}. The artifact says: ${description}`, ...missing.map((path) => `- ${path}`)].join("\n"),
      hint: 'It was removed or moved after it was made. Let a post-processor "artifice" name the file where it is, or take the artifact away with "keep_input_artifact = false".',
    } as const;
  });
}

/** `us-east-1:ami-1,eu-west-1:ami-2`. */
function readRegions(id: string): Readonly<Record<string, string>> | undefined {
  const pairs = id.split(",").map((pair) => /^([a-z]{2,}(?:-[a-z0-9]+)+):([\w-]+)$/.exec(pair));
  const entries = pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] as string, pair[2] as string]]));
  return entries.length === pairs.length ? Object.fromEntries(entries) : undefined;
}

async function measureFile(path: string, cwd: string, checksums: boolean): Promise<FileFacts | undefined> {
  const absolute = resolve(cwd, path);
  try {
    const facts = await stat(absolute);
    if (facts.isDirectory()) {
      return { path, size: await measureFolder(absolute) };
    }
    return { path, size: facts.size, sha256: checksums ? await hashFile(absolute) : undefined };
  } catch {
    return undefined;
  }
}

async function measureFolder(folder: string): Promise<number> {
  let size = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      size += (await stat(join(entry.parentPath, entry.name))).size;
    }
  }
  return size;
}

/** The checksum of a file. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
