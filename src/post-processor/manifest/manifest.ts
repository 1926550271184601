// Records what a build made in a JSON file that other programs can read.
// https://developer.hashicorp.com/packer/docs/post-processors/manifest
import { rm, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { BuildError, failure, readMessage } from "../../diagnostic/build-error.ts";
import { runInTurn } from "../../driver/local-files/in-turn.ts";
import { release, withLock } from "../../driver/local-files/lock.ts";
import { followLink, replaceFile } from "../../driver/local-files/replace-file.ts";
import { type Artifact, readGeneratedData } from "../../sdk/artifact.ts";
import { type ConfigOf, option } from "../../sdk/option.ts";
import { definePostProcessor } from "../../sdk/post-processor.ts";
import { defineResource } from "../../sdk/resource.ts";
import type { Run } from "../../sdk/run.ts";
import { writeGoJson } from "./go-json.ts";
import { type ManifestEntry, readManifest } from "./manifest-file.ts";

const DEFAULT_OUTPUT = "packer-manifest.json";
/** The lock is held for moments: one whose owner is unknown, as Packer's, is given up soon. */
const LOOK_EVERY = 50;
const SILENCE = 10_000;
const LIMIT = 60_000;

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
    takesBuildData: true,
    example: { commit: "{{env `GITHUB_SHA`}}" },
  }),
};

type Config = ConfigOf<typeof options>;

type Update = { readonly part: string; readonly lock: string; readonly token: string };

/** What stands beside a manifest while it is changed. */
const unfinishedManifest = defineResource({
  kind: "manifest-update",
  title: "unfinished manifest",
  async create(files: Update, _run: Run, change: () => Promise<void>) {
    await change();
    return { made: files.token, handle: files };
  },
  async remove({ wanted: { part, lock, token } }) {
    await rm(part, { force: true });
    await release(lock, token);
  },
});

export const manifest = definePostProcessor({
  type: "manifest",
  summary: "Records artifacts, their files and data of your own in a JSON file.",
  options,
  resources: [unfinishedManifest],
  async postProcess(config, input, run) {
    const output = config.output || DEFAULT_OUTPUT;
    const path = await followLink(resolve(run.host.cwd, output));
    const entry = await makeEntry(config, input, run);
    await update(path, output, run, async (part) => {
      const earlier = await readManifest(path, output);
      const anew = run.settings.force && earlier.last_run_uuid !== run.runUuid;
      const builds = [...(anew ? [] : earlier.builds), entry];
      await replaceFile(path, part, writeGoJson({ builds, last_run_uuid: run.runUuid }), 0o664);
    });
    return { artifact: input, input: "must-keep" };
  },
});

/** One build at a time changes the file: those of this run one after another, those of other processes by a lock. */
async function update(
  path: string,
  output: string,
  run: Run<typeof unfinishedManifest>,
  change: (part: string) => Promise<void>,
): Promise<void> {
  const { host, signal } = run;
  const token = host.random.uuid();
  const files: Update = { part: `${path}.${token}`, lock: `${path}.lock`, token };
  const request = { host, signal, lock: files.lock, token, lookEvery: LOOK_EVERY, silence: SILENCE, limit: LIMIT };
  await runInTurn(path, signal, async () => {
    const write = (): Promise<void> =>
      withLock(request, () => change(files.part)).catch((thrown) => reportUnwritable(output, thrown, signal));
    await run.remove(await run.acquire(unfinishedManifest, files, write));
  });
}

async function makeEntry(config: Config, input: Artifact, run: Run): Promise<ManifestEntry> {
  const files = await Promise.all(
    input.files.map(async (file) => ({
      name: config.strip_path ? basename(file) : file,
      size: await stat(resolve(run.host.cwd, file)).then(
        (stats) => stats.size,
        () => 0,
      ),
    })),
  );
  const custom = await readCustomData(config, input, run);
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

async function readCustomData(config: Config, input: Artifact, run: Run): Promise<ReadonlyMap<string, string>> {
  const generated = await readGeneratedData(input);
  const data = { ...generated, BuildName: run.build.name, BuilderType: run.build.builderType };
  return new Map(Object.entries(config.custom_data).map(([key, value]) => [key, run.render(value, data)]));
}

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: "The folder of the manifest must exist.",
  ENOSPC: "Make room on the disk. The manifest is as it was before.",
};

function reportUnwritable(output: string, thrown: unknown, signal: AbortSignal): never {
  signal.throwIfAborted();
  if (thrown instanceof BuildError) {
    throw thrown;
  }
  const hint = HINTS[(thrown as NodeJS.ErrnoException).code ?? ""];
  const summary = `Unable to write ${output}: ${readMessage(thrown)}`;
  throw failure(
    "environment",
    "manifest/unwritable",
    summary,
    hint === undefined ? { cause: thrown } : { hint, cause: thrown },
  );
}
