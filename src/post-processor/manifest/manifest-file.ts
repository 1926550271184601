// The manifest as a file: its shape, and reading what earlier runs left.
import { readFile, stat } from "node:fs/promises";
import { failure, readMessage } from "../../diagnostic/build-error.ts";

/** One build of one run. The order of the fields is that of the file. */
export type ManifestEntry = {
  readonly name: string;
  readonly builder_type: string;
  readonly build_time?: number | undefined;
  readonly files: readonly { readonly name: string; readonly size: number }[] | null;
  readonly artifact_id: string;
  readonly packer_run_uuid: string;
  readonly custom_data: ReadonlyMap<string, string> | null;
};

export interface Manifest {
  readonly builds: readonly ManifestEntry[];
  readonly last_run_uuid: string;
}

const EMPTY: Manifest = { builds: [], last_run_uuid: "" };

/** Reads a manifest; a missing or empty file is an empty one. `shown` is the path as the user wrote it. */
export async function readManifest(path: string, shown: string): Promise<Manifest> {
  const text = await readRegular(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") {
      return "";
    }
    throw failure("environment", "manifest/unreadable", `Unable to open ${shown} for reading: ${thrown.message}`, {
      cause: thrown,
    });
  });
  if (text === "") {
    return EMPTY;
  }
  try {
    return asManifest(JSON.parse(text));
  } catch (thrown) {
    throw failure(
      "environment",
      "manifest/not-a-manifest",
      `Unable to parse content from ${shown}: ${readMessage(thrown)}`,
      {
        hint: "The manifest adds to what is in the file. Move the file away or choose another output.",
        cause: thrown,
      },
    );
  }
}

/** A pipe or a device would be waited for, and could not be replaced. */
async function readRegular(path: string): Promise<string> {
  const facts = await stat(path);
  if (facts.isFile()) {
    return readFile(path, "utf8");
  }
  throw new Error(facts.isDirectory() ? "it is a folder" : "it is not a regular file");
}

function asManifest(value: unknown): Manifest {
  if (value === null) {
    return EMPTY;
  }
  const manifest = asObject(value, "the manifest");
  // Whatever else it is, a template or the settings of another program, writing the manifest would end it.
  if (manifest["builds"] === undefined && Object.keys(manifest).length > 0) {
    throw new Error('it has no "builds"');
  }
  return {
    builds: asList(manifest["builds"], "builds").map(asEntry),
    last_run_uuid: asString(manifest["last_run_uuid"], "last_run_uuid"),
  };
}

function asEntry(value: unknown): ManifestEntry {
  const entry = asObject(value, "an entry of builds");
  const time = asNumber(entry["build_time"], "build_time");
  const files = entry["files"] ?? null;
  const data = entry["custom_data"] ?? null;
  return {
    name: asString(entry["name"], "name"),
    builder_type: asString(entry["builder_type"], "builder_type"),
    build_time: time === 0 ? undefined : time,
    files: files === null ? null : asList(files, "files").map(asFile),
    artifact_id: asString(entry["artifact_id"], "artifact_id"),
    packer_run_uuid: asString(entry["packer_run_uuid"], "packer_run_uuid"),
    custom_data: data === null ? null : asCustomData(data),
  };
}

function asFile(value: unknown): { name: string; size: number } {
  const file = asObject(value, "an entry of files");
  return { name: asString(file["name"], "name"), size: asNumber(file["size"], "size") };
}

function asCustomData(value: unknown): ReadonlyMap<string, string> {
  const data = Object.entries(asObject(value, "custom_data"));
  return new Map(data.map(([key, each]) => [key, asString(each, `custom_data.${key}`)]));
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new TypeError(`${what} is not an object`);
}

function asList(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) {
    return [];
  }
  if (Array.isArray(value)) {
    return value;
  }
  throw new TypeError(`${what} is not a list`);
}

function asString(value: unknown, what: string): string {
  if (value === undefined || value === null) {
    return "";
  }
  if (typeof value === "string") {
    return value;
  }
  throw new TypeError(`${what} is not a string`);
}

function asNumber(value: unknown, what: string): number {
  if (value === undefined || value === null) {
    return 0;
  }
  if (typeof value === "number") {
    return value;
  }
  throw new TypeError(`${what} is not a number`);
}
