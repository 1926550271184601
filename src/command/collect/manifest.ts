// Artifacts in the format of Packer's `manifest` post-processor.

/** An artifact for the manifest. */
export interface ManifestEntry {
  readonly build: string;
  readonly builder: string;
  readonly id: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly runUuid: string;
  /** Of the run, in milliseconds since 1970. */
  readonly endedAt: number;
  /** When it was built, in ISO 8601, where an earlier run did that. */
  readonly unchanged_since?: string | undefined;
}

/** The text of a manifest. */
export function formatManifest(entries: readonly ManifestEntry[], lastRunUuid: string): string {
  const builds = entries.map(({ build, builder, files, id, runUuid, endedAt, unchanged_since: since }) => ({
    name: build,
    builder_type: builder,
    build_time: Math.floor((since === undefined ? endedAt : Date.parse(since)) / 1000),
    files: files.length === 0 ? null : files.map(({ path: name, size }) => ({ name, size })),
    artifact_id: id,
    packer_run_uuid: runUuid,
    custom_data: null,
  }));
  return `${JSON.stringify({ builds, last_run_uuid: lastRunUuid }, undefined, 2)}\n`;
}
