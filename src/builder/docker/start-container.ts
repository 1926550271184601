// Starting the container, so that it can be found and removed whatever happens in between.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BuildError, failure } from "../../diagnostic/build-error.ts";
import { type ContainerFacts, openContainer } from "../../driver/docker/container.ts";
import { runHints } from "../../driver/docker/hints.ts";
import type { DockerProgram } from "../../driver/docker/program.ts";
import { runContainer } from "../../driver/docker/run-container.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import { defineResource, NothingMade } from "../../sdk/resource.ts";
import type { RemovalRun, Run } from "../../sdk/run.ts";
import type { dockerOptions } from "./options.ts";

type Config = ConfigOf<typeof dockerOptions>;

/** Where the engine is, for a removal by a later process. */
const ADDRESS = ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONFIG"] as const;

/** What is known of a container before it exists. */
type Intended = {
  readonly executable: string;
  readonly env: Readonly<Record<string, string>>;
  /** A name of our own; `null` when the template names the container: then `idFile` will say which it is. */
  readonly name: string | null;
  readonly idFile: string | null;
};

/** The container, by its id once that is known and otherwise by what it was to be called. */
export const container = defineResource({
  kind: "docker-container",
  title: "container",
  async create(intended: Intended, run: Run, args: readonly string[]) {
    const program = { host: run.host, executable: intended.executable };
    const { name, idFile } = intended;
    const mark = name === null ? (["--cidfile", idFile ?? ""] as const) : (["--name", name] as const);
    try {
      const said = await runContainer(program, { mark, args, cwd: run.host.cwd }, runFailed, run.signal);
      const id = (idFile === null ? undefined : await readId(idFile)) ?? said.split("\n").at(-1)?.trim() ?? "";
      if (!/^[0-9a-f]{12,64}$/.test(id)) {
        throw explainForeground(said);
      }
      return { made: { id, executable: intended.executable }, handle: id };
    } catch (thrown) {
      if (run.signal.aborted) {
        throw thrown;
      }
      throw await explainUndone(intended, thrown, run);
    }
  },
  async remove({ wanted, made }, run) {
    const program = { host: run.host, executable: wanted.executable, env: wanted.env };
    if (made?.id) {
      run.ui.say(`Killing the container: ${made.id}`);
      return (await openContainer(program, made.id, run.signal)).remove(run.signal);
    }
    const known = await isKnownAs(wanted);
    if (known !== undefined) {
      await removeLate(program, known, run);
    }
  },
  async attach({ id, executable }, run) {
    await openRunningContainer({ host: run.host, executable }, id, run.signal);
    return id;
  },
  describe: ({ made, wanted }) => made?.id ?? wanted.name ?? "",
});

/** Without `-d`, docker prints what the program in the container says, not which container it is. */
function explainForeground(said: string): Error {
  return failure("template", "docker/run", "The container ended before it could be used", {
    detail: said === "" ? 'Docker printed no id for what "run_command" started.' : `Docker printed no id, but: ${said}`,
    hint: 'Start the container in the background: "run_command" needs "-d", and a program that goes on running.',
  });
}

/** The engine is done with what it refused, so one look tells whether there is a container to remove. */
async function explainUndone(intended: Intended, thrown: unknown, run: Run): Promise<unknown> {
  const known = await isKnownAs(intended);
  if (known === undefined || isMissingProgram(thrown)) {
    return new NothingMade(thrown);
  }
  const program = { host: run.host, executable: intended.executable };
  try {
    const made = await openContainer(program, known, run.signal);
    if ((await made.facts(run.signal)) !== undefined) {
      await made.remove(run.signal);
    }
    return new NothingMade(thrown);
  } catch {
    // Its removal looks again.
    return thrown;
  }
}

function isMissingProgram(thrown: unknown): boolean {
  return thrown instanceof BuildError && thrown.diagnostics.some(({ code }) => code === "host/command-missing");
}

async function isKnownAs({ name, idFile }: Intended): Promise<string | undefined> {
  return name ?? (idFile === null ? undefined : readId(idFile));
}

async function readId(file: string): Promise<string | undefined> {
  return (await readFile(file, "utf8").catch(() => "")).trim() || undefined;
}

/** Starts the container and gives its id. */
export async function startContainer(
  config: Config,
  image: string,
  hostDir: string,
  run: Run<typeof container>,
): Promise<string> {
  run.ui.say("Starting docker container...");
  const own = runCommand(config, image, run);
  const args = [...listContainerArguments(config, hostDir), ...own];
  run.ui.message(`Run command: ${config.docker_path} run ${args.join(" ")}`);
  const intended = await intend(config, own, run);
  const labels = listLabelArguments(config, run);
  const id = await run.acquire(container, intended, [...labels, ...args]);
  run.ui.message(`Container ID: ${id}`);
  return id;
}

const runFailed = {
  kind: "environment",
  code: "docker/run",
  summary: "Error running container: Docker exited with a non-zero exit status.",
  hint: runHints,
} as const;

/**
 * Labels of the run. A commit copies the container's labels into the image, and no option takes them out again: `--change` can only
 * empty one, and annotations take a newer engine than many have. So what is committed carries the run in its name alone.
 */
function listLabelArguments(config: Config, run: Run): readonly string[] {
  if (config.commit) {
    return [];
  }
  return Object.entries(run.settings.labels ?? {}).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
}

/** A name that nobody else uses; it tells the run where there is one to tell. */
function nameContainer(run: Run): string {
  const facts = Object.values(run.settings.labels ?? {}).map((value) => value.replace(/[^a-zA-Z0-9_.-]+/g, "-"));
  return ["packer-ts", ...facts, run.host.random.uuid()].join("-");
}

/** The arguments in Packer's order. */
function listContainerArguments(config: Config, hostDir: string): readonly string[] {
  const each = (flag: string, values: readonly string[]): readonly string[] => values.flatMap((value) => [flag, value]);
  return [
    ...each("--device", config.device),
    ...each("--cap-add", config.cap_add),
    ...each("--cap-drop", config.cap_drop),
    ...(config.privileged ? ["--privileged"] : []),
    ...(config.runtime ? ["--runtime", config.runtime] : []),
    ...(config.platform ? ["--platform", config.platform] : []),
    ...each("--tmpfs", config.tmpfs.map(findExecutable)),
    ...Object.entries(config.volumes).flatMap(([host, guest]) => ["-v", `${host}:${guest}`]),
    ...["-v", `${hostDir}:${findContainerDir(config)}`],
  ];
}

/** Unlike Packer: a script in memory can be run, as anywhere else, unless the template has options of its own for it. */
function findExecutable(folder: string): string {
  return folder.includes(":") ? folder : `${folder}:exec`;
}

/** Where the container sees the shared folder. */
export function findContainerDir(config: Config): string {
  return config.container_dir || (config.windows_container ? "c:/packer-files" : "/packer-files");
}

function runCommand(config: Config, image: string, run: Run): readonly string[] {
  const shell = config.windows_container ? "powershell" : "/bin/sh";
  const command =
    config.run_command.length > 0
      ? config.run_command
      : ["-d", "-i", "-t", `--entrypoint=${shell}`, "--", "{{.Image}}"];
  return command.map((part) => run.render(part, { Image: image }));
}

async function intend(config: Config, command: readonly string[], run: Run): Promise<Intended> {
  const env = Object.fromEntries(
    ADDRESS.flatMap((name) => (run.host.env[name] ? [[name, run.host.env[name] as string]] : [])),
  );
  const named = command.some((part) => part === "--name" || part.startsWith("--name="));
  const idFile = named ? join(await run.temporaryFolder("packer-docker-run"), "container-id") : null;
  return { executable: config.docker_path, env, name: named ? null : nameContainer(run), idFile };
}

/** What the engine says of the container that was started; throws when it has ended already. */
export async function openRunningContainer(
  program: DockerProgram,
  id: string,
  signal: AbortSignal,
): Promise<ContainerFacts> {
  const facts = await (await openContainer(program, id, signal)).facts(signal);
  if (facts?.running === true) {
    return facts;
  }
  throw failure("environment", "docker/stopped", `The container ${id} ended right after it was started`, {
    hint: `Its main program must keep running: see "run_command". \`docker logs\` cannot be asked any more, because the container is removed.`,
  });
}

/** An engine may still be busy making what it was asked for when the request was broken off. */
async function removeLate(program: DockerProgram, name: string, run: RemovalRun): Promise<void> {
  for (const pause of [0, 200, 400, 800]) {
    await run.host.clock.sleep(pause, run.signal);
    const late = await openContainer(program, name, run.signal);
    if ((await late.facts(run.signal)) !== undefined) {
      return late.remove(run.signal);
    }
  }
}
