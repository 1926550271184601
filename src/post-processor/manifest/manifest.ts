// Records what a build made in a JSON file that other programs can read.
// https://developer.hashicorp.com/packer/docs/post-processors/manifest
import { open, rm, stat, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { failure, messageOf } from "../../diagnostic/build-error.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import { type ConfigOf, option } from "../../sdk/option.ts";
import { definePostProcessor } from "../../sdk/post-processor.ts";
import type { Run } from "../../sdk/run.ts";
import { goJson } from "./go-json.ts";
import { type ManifestEntry, readManifest } from "./manifest-file.ts";

const DEFAULT_OUTPUT = "packer-manifest.json";
/** How often the lock is tried; after the n-th failure n times this is waited. */
const LOCK_ATTEMPTS = 3;
const LOCK_WAIT = 200;

const options = {
  output: option.string({
    description: "Path of the manifest. Further builds and runs are added to it; with `-force` a run begins it anew.",
    default: DEFAULT_OUTPUT,
  }),
  strip_path: option.bool({ description: "Record only the names of files, without their folders.", default: false }),
  strip_time: option.bool({
    description: "Leave `build_time` out, so that equal builds give equal manifests.",
    default: false,
  }),
  custom_data: option.stringMap({
    description: "Further values to record.",
    renderedLate: true,
    example: { commit: "{{env `GITHUB_SHA`}}" },
  }),
};

type Config = ConfigOf<typeof options>;

export const manifest = definePostProcessor({
  type: "manifest",
  summary: "Records artifacts, their files and data of your own in a JSON file.",
  options,
  async postProcess(config, input, run) {
    const output = config.output || DEFAULT_OUTPUT;
    const path = resolve(run.host.cwd, output);
    const entry = await entryOf(config, input, run);
    await withLock(`${path}.lock`, run, async () => {
      const earlier = await readManifest(path, output);
      const anew = run.settings.force && earlier.last_run_uuid !== run.runUuid;
      const builds = [...(anew ? [] : earlier.builds), entry];
      await writeFile(path, goJson({ builds, last_run_uuid: run.runUuid }), { mode: 0o664 }).catch((thrown) => unwritable(output, thrown));
    });
    return { artifact: input, input: "must-keep" };
  },
});

async function entryOf(config: Config, input: Artifact, run: Run): Promise<ManifestEntry> {
  const files = await Promise.all(
    input.files.map(async (file) => ({
      name: config.strip_path ? basename(file) : file,
      size: await stat(resolve(run.host.cwd, file)).then(
        (stats) => stats.size,
        () => 0,
      ),
    })),
  );
  const custom = customData(config, input, run);
  return {
    name: run.build.name,
    builder_type: run.build.builderType,
    build_time: config.strip_time ? undefined : Math.floor(run.host.clock.now() / 1000),
    files: files.length > 0 ? files : null,
    artifact_id: input.id,
    packer_run_uuid: run.runUuid,
    custom_data: custom.size > 0 ? custom : null,
  };
}

function customData(config: Config, input: Artifact, run: Run): ReadonlyMap<string, string> {
  const generated = input.state("generated_data") as Readonly<Record<string, unknown>> | undefined;
  const data = { ...generated, BuildName: run.build.name, BuilderType: run.build.builderType };
  return new Map(Object.entries(config.custom_data).map(([key, value]) => [key, run.render(value, data)]));
}

/** As Packer: whoever cannot get the lock in a while goes on without it, so that one left behind stops nobody for ever. */
async function withLock(lock: string, { host, signal }: Run, body: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < LOCK_ATTEMPTS && !(await taken(lock)); attempt++) await host.clock.sleep(attempt * LOCK_WAIT, signal);
  try {
    await body();
  } finally {
    await rm(lock, { force: true });
  }
}

/** True when the lock is ours, or when it cannot be made at all. */
async function taken(lock: string): Promise<boolean> {
  try {
    await (await open(lock, "wx")).close();
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code !== "EEXIST";
  }
}

function unwritable(output: string, cause: unknown): never {
  throw failure("environment", "manifest/unwritable", `Unable to write ${output}: ${messageOf(cause)}`, {
    hint: "The folder of the manifest must exist.",
    cause,
  });
}
