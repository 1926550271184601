// Images of an engine: what they are called, and removing them.
import { type EngineAnswer, type EngineRequest, readAnswer, send } from "./engine-http.ts";
import { findLocalEngine } from "./local-engine.ts";
import { askDocker, type DockerProgram, explainFailure, runDocker, waitForEngine } from "./program.ts";

export interface ImageFacts {
  readonly id: string;
  /** `REPOSITORY@sha256:…` for each registry it was pulled from or pushed to. */
  readonly digests: readonly string[];
  /** What containers of it run unless told otherwise; unset where nobody asked. */
  readonly entrypoint?: readonly string[] | undefined;
}

/** What the engine knows of an image; `undefined` when it has none of that name. */
export async function inspectImage(
  program: DockerProgram,
  name: string,
  signal: AbortSignal,
): Promise<ImageFacts | undefined> {
  const answer = await askEngine(program, { method: "GET", path: `${imagePath(name)}/json`, signal });
  if (answer?.ok === true) {
    return readImageFacts(answer.value);
  }
  const result = await runDocker(program, ["image", "inspect", "--format", "{{.Id}} {{json .RepoDigests}}", name], {
    signal,
  });
  if (result.code !== 0) {
    return undefined;
  }
  const [id = "", digests = "[]"] = result.stdout.trim().split(" ", 2);
  const list = JSON.parse(digests) as readonly string[] | null;
  return { id, digests: list ?? [] };
}

/** What is read from an engine's long description of an image. */
export function readImageFacts(description: unknown): ImageFacts | undefined {
  const { Id, RepoDigests, Config } = (description ?? {}) as {
    readonly Id?: unknown;
    readonly RepoDigests?: unknown;
    readonly Config?: { readonly Entrypoint?: readonly string[] | null | undefined } | null | undefined;
  };
  const digests = Array.isArray(RepoDigests) ? RepoDigests.filter((each) => typeof each === "string") : [];
  if (typeof Id !== "string") {
    return undefined;
  }
  const facts = { id: Id, digests };
  return Config?.Entrypoint ? Object.assign(facts, { entrypoint: Config.Entrypoint }) : facts;
}

/** The digest under which `name` is known to its registry, or else the first there is. */
export function findDigest(name: string, facts: ImageFacts): string | undefined {
  const repository = parseRepository(name);
  return facts.digests.find((digest) => digest.startsWith(`${repository}@`)) ?? facts.digests[0];
}

/** A name without its tag or digest. */
function parseRepository(name: string): string {
  return name.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
}

/** Gives an image a further name. */
export async function tagImage(
  program: DockerProgram,
  image: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  if (await tagOverSocket(program, image, name, signal)) {
    return;
  }
  await askDocker(
    program,
    ["tag", image, name],
    { kind: "environment", code: "docker/tag", summary: "Error tagging image" },
    { signal },
  );
}

/** Refusals are left for the program to tell. */
async function tagOverSocket(
  program: DockerProgram,
  image: string,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const repo = parseRepository(name);
  const query = new URLSearchParams({ repo, tag: name.slice(repo.length + 1) });
  return (await askEngine(program, { method: "POST", path: `${imagePath(image)}/tag?${query}`, signal }))?.ok === true;
}

/** `undefined` when the program has to be asked instead. */
async function askEngine(program: DockerProgram, request: EngineRequest): Promise<EngineAnswer | undefined> {
  const engine = await findLocalEngine(program);
  if (engine === undefined) {
    return undefined;
  }
  try {
    return await readAnswer(await send(engine, request));
  } catch {
    request.signal.throwIfAborted();
    return undefined;
  }
}

function imagePath(name: string): string {
  return `/images/${name.split("/").map(encodeURIComponent).join("/")}`;
}

/** The id of an image as it is now; `undefined` when the engine has none of that name. */
export async function findImageId(
  program: DockerProgram,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return name.startsWith("sha256:") ? name : (await inspectImage(program, name, signal))?.id;
}

/** What clean-up asks of an image: it has no run that could be cancelled, and must not wait for ever. */
function lookAtImage(program: DockerProgram, name: string): Promise<ImageFacts | undefined> {
  return waitForEngine(program, 30_000, (signal) => inspectImage(program, name, signal));
}

/** Removes a name of an image, if it still is the name of that image. */
export async function removeImageName(
  program: DockerProgram,
  name: string,
  id: string,
): Promise<"removed" | "another"> {
  const now = await lookAtImage(program, name);
  if (now !== undefined && now.id !== id) {
    return "another";
  }
  await removeImage(program, name);
  return "removed";
}

/** Removes an image, or a name of it when it has others. Fine when there is none. */
export async function removeImage(program: DockerProgram, name: string): Promise<void> {
  const result = await runDocker(program, ["rmi", name]);
  if (result.code === 0 || (await lookAtImage(program, name)) === undefined) {
    return;
  }
  const purpose = {
    kind: "environment",
    code: "docker/remove",
    summary: `The image ${name} could not be removed`,
  } as const;
  throw await explainFailure(program, purpose, result);
}
