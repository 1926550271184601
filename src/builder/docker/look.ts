// A look at images before anything is built: is the base still the same, is an earlier result still there?
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { inspectImage } from "../../driver/docker/image.ts";
import type { DockerProgram } from "../../driver/docker/program.ts";
import { findRemoteDigest } from "../../driver/docker/remote-image.ts";
import type { BaseFacts, EarlierArtifact, LookRun } from "../../sdk/builder.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import { imageMakers } from "../../step/builder-ids.ts";
import { chooseDocker } from "../../step/docker-program.ts";
import { withRegistryAccess } from "../../step/registry-login.ts";
import { listBaseImages } from "./dockerfile.ts";
import type { dockerOptions } from "./options.ts";

type Config = ConfigOf<typeof dockerOptions>;

/** The image that a container would start from now: what the registry has where it would be pulled, else what this machine has. */
export async function findCurrentBase(config: Config, run: LookRun): Promise<BaseFacts | undefined> {
  const { build } = config;
  const names = build === undefined ? [config.image ?? ""] : await listNames(build, run);
  if (names.length === 0) {
    return undefined;
  }
  const pull = build === undefined ? config.pull : build.pull;
  const program = chooseDocker(config, run);
  const digests = await withRegistryAccess(run, program, config, (loggedIn) =>
    Promise.all(names.map((name) => readDigest(name, pull, run, loggedIn))),
  );
  return { what: names.join(", "), digest: digests.join(", ") };
}

async function listNames(build: NonNullable<Config["build"]>, run: LookRun): Promise<readonly string[]> {
  const text = await readFile(resolve(run.host.cwd, build.path), "utf8");
  return listBaseImages(text, build.arguments);
}

async function readDigest(name: string, pull: boolean, run: LookRun, program: DockerProgram): Promise<string> {
  // A name with a digest can mean nothing else.
  const fixed = /@(sha256:[0-9a-f]{64})$/.exec(name)?.[1];
  if (fixed !== undefined) {
    return fixed;
  }
  const local = pull ? undefined : await inspectImage(program, name, run.signal);
  return local?.id ?? findRemoteDigest(program, name, run.signal);
}

/** Whether an image is still on this machine or, when it has a name, in its registry. */
export async function hasImage(artifact: EarlierArtifact, config: Config, run: LookRun): Promise<boolean | undefined> {
  if (!imageMakers.includes(artifact.builderId) || artifact.files.length > 0) {
    return undefined;
  }
  const program = chooseDocker(config, run);
  if ((await inspectImage(program, artifact.id, run.signal)) !== undefined) {
    return true;
  }
  if (artifact.id.startsWith("sha256:")) {
    return false;
  }
  const shown = findRemoteDigest(program, artifact.id, run.signal);
  return shown.then(
    () => true,
    () => false,
  );
}
