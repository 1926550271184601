// The image that the container starts from: pulled, built from a Dockerfile, or already there.
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type DockerProgram, explainFailure, type Purpose, runDocker } from "../../driver/docker/program.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import type { Run } from "../../sdk/run.ts";
import { withRegistryAccess } from "../../step/registry-login.ts";
import type { dockerOptions } from "./options.ts";

type Config = ConfigOf<typeof dockerOptions>;

/** Name or id of the image, after it was made sure to be what the template wants. */
export async function obtainBaseImage(config: Config, run: Run, program: DockerProgram): Promise<string> {
  if (config.build !== undefined) {
    return buildImage(config, config.build, run, program);
  }
  const image = config.image ?? "";
  if (!config.pull) {
    return image;
  }
  run.ui.say(`Pulling Docker image: ${image}`);
  await withRegistryAccess(run, program, config, (loggedIn) => pull(config, image, run, loggedIn));
  return image;
}

async function pull(config: Config, image: string, run: Run, program: DockerProgram): Promise<void> {
  const args = ["pull", image, ...(config.platform ? ["--platform", config.platform] : [])];
  await runWatched(run, program, args, {
    kind: "network",
    code: "docker/pull",
    summary: "Error pulling Docker image",
    hint: `Check the name "${image}" and the connection to its registry. For an image that only this machine has, set "pull" to false.`,
  });
}

async function buildImage(
  config: Config,
  dockerfile: NonNullable<Config["build"]>,
  run: Run,
  program: DockerProgram,
): Promise<string> {
  const folder = await run.temporaryFolder("packer-docker-build");
  const idFile = join(folder, "image-id");
  const path = resolve(run.host.cwd, dockerfile.path);
  run.ui.say(`Building base image from ${dockerfile.path}`);
  const args = [
    "build",
    ...["--iidfile", idFile, "-f", path],
    ...(config.platform ? ["--platform", config.platform] : []),
    ...(dockerfile.pull ? ["--pull"] : []),
    ...(dockerfile.compress ? ["--compress"] : []),
    ...Object.entries(dockerfile.arguments).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    dockerfile.build_dir,
  ];
  await runWatched(run, program, args, {
    kind: "provisioner",
    code: "docker/build",
    summary: `Error building the image of ${dockerfile.path}`,
  });
  const id = (await readFile(idFile, "utf8")).trim();
  await run.remove(folder);
  return id;
}

/** Runs docker and shows what it says as it says it. */
async function runWatched(run: Run, program: DockerProgram, args: readonly string[], purpose: Purpose): Promise<void> {
  const onLine = (_: string, line: string): void => run.ui.message(line.trimEnd());
  const result = await runDocker(program, args, { signal: run.signal, cwd: run.host.cwd, onLine });
  if (result.code !== 0) {
    throw await explainFailure(program, purpose, result);
  }
}
