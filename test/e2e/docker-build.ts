// A docker build on the real engine, as core would run it, with what it left behind.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { docker as builder } from "../../src/builder/docker/docker.ts";
import { docker as communicator } from "../../src/communicator/docker/docker.ts";
import type { Artifact } from "../../src/sdk/artifact.ts";
import type { Communicator } from "../../src/sdk/communicator.ts";
import { configOf } from "../fakes/prepare.ts";
import { type FakeBuildRun, fakeBuildRun } from "../fakes/run.ts";
import { realHost } from "../servers/docker-fixture.ts";

export interface RealBuild {
  readonly run: FakeBuildRun;
  readonly result: Promise<Artifact | undefined>;
}

export interface RealBuildOptions {
  /** Folder for everything temporary. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  provision?(machine: Communicator, run: FakeBuildRun): Promise<void>;
}

/** Starts a build; its clean-up is `finishBuild`. */
export async function startBuild(
  given: Readonly<Record<string, unknown>>,
  options: RealBuildOptions,
): Promise<RealBuild> {
  const host = { ...realHost({ PACKER_TMP_DIR: options.folder, ...options.env }), cwd: options.folder };
  const run: FakeBuildRun = fakeBuildRun({
    host,
    component: builder,
    signal: options.signal,
    async provision() {
      const [target] = run.targets;
      if (target === undefined || options.provision === undefined) {
        return;
      }
      await options.provision(await communicator.connect({}, target, run), run);
    },
  });
  const config = await configOf(builder, given, { host: { ...host } });
  return { run, result: builder.build(config, run) };
}

/** Runs a build with its clean-up. */
export async function build(
  given: Readonly<Record<string, unknown>>,
  options: RealBuildOptions,
): Promise<{ run: FakeBuildRun; artifact: Artifact }> {
  const { run, result } = await startBuild(given, options);
  try {
    const artifact = await result;
    if (artifact === undefined) {
      throw new Error("the build gave no artifact");
    }
    return { run, artifact };
  } finally {
    await run.finish();
  }
}

/** Runs a shell command on the machine; throws when it fails. */
export async function shell(machine: Communicator, run: FakeBuildRun, command: string): Promise<void> {
  const end = await run.execute(machine, command);
  if (end.end !== "exited" || end.code !== 0) {
    throw new Error(`${command}: ${JSON.stringify(end)}`);
  }
}

/** A folder that goes away with the test. */
export function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "docker-e2e-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What was not cleaned up: containers whose shared folder is below `folder`, and files in `folder`. */
export function leftovers(folder: string): readonly string[] {
  const ids = spawnSync("docker", ["ps", "-aq", "--no-trunc"], { encoding: "utf8" }).stdout.split("\n").filter(Boolean);
  const containers = ids.filter((id) =>
    spawnSync("docker", ["inspect", id], { encoding: "utf8" }).stdout.includes(folder),
  );
  return [...containers, ...readdirSync(folder)];
}
