// A container reached through the docker program.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { RunningProcess } from "../../host/host.ts";
import { noteMistakes } from "../stream/noting.ts";
import type { CommitDetails, ContainerFacts, DockerContainer, ExecIo, ExecRequest } from "./container-contract.ts";
import { readContainerFacts } from "./container-facts.ts";
import { inspectImage } from "./image.ts";
import {
  askDocker,
  collect,
  type DockerProgram,
  explainFailure,
  readOutput,
  runDocker,
  startDocker,
} from "./program.ts";
import { commitFailed, copyInFailed, copyOutFailed, removeFailed } from "./purposes.ts";

/** A container, and the program that knows it. */
interface At {
  readonly program: DockerProgram;
  readonly id: string;
}

export function openContainerOverProgram(program: DockerProgram, id: string): DockerContainer {
  const at = { program, id };
  return {
    id,
    over: "program",
    facts: (signal) => inspect(program, id, signal),
    async image(signal) {
      const facts = await inspect(program, id, signal);
      return facts === undefined ? undefined : inspectImage(program, facts.image, signal);
    },
    exec: (request, io, signal) => exec(at, request, io, signal),
    copyIn: (folder, archive, signal) => copyIn(at, folder, archive, signal),
    copyOut: (path, signal) => readOutput(program, ["cp", `${id}:${path}`, "-"], copyOutFailed(path), signal),
    sizeAt: async () => undefined,
    isFolderItself: async () => false,
    commit: (details, signal) =>
      askDocker(program, ["commit", ...makeCommitArguments(details), id], commitFailed, { signal }),
    remove: (signal) => remove(program, id, signal),
  };
}

async function inspect(program: DockerProgram, id: string, signal: AbortSignal): Promise<ContainerFacts | undefined> {
  const result = await runDocker(program, ["inspect", "--type", "container", "--format", "{{json .}}", id], { signal });
  return result.code === 0 ? readContainerFacts(JSON.parse(result.stdout)) : undefined;
}

async function exec({ program, id }: At, request: ExecRequest, io: ExecIo, signal: AbortSignal): Promise<number> {
  const running = await startDocker(program, ["exec", ...makeExecArguments(request), id, ...request.command], {
    stdin: io.stdin === undefined ? "ignore" : "pipe",
    signal,
  });
  // A command that reads nothing of what it is given is no error.
  if (io.stdin !== undefined) {
    pipeline(Readable.from(io.stdin), running.stdin).catch(() => {});
  }
  await Promise.all([pass(running, "stdout", io), pass(running, "stderr", io)]);
  const { code } = await running.ended;
  signal.throwIfAborted();
  return code;
}

/** As Packer: the user comes before the terminal. Unlike Packer: no `-i` beside `-t`, which docker refuses without a real terminal. */
function makeExecArguments({ user, terminal }: ExecRequest): readonly string[] {
  return [...(terminal ? [] : ["-i"]), ...(user ? ["-u", user] : []), ...(terminal ? ["-t"] : [])];
}

async function pass(running: RunningProcess, stream: "stdout" | "stderr", io: ExecIo): Promise<void> {
  try {
    for await (const chunk of running[stream]) {
      await io[stream](chunk as Uint8Array);
    }
  } catch (thrown) {
    running.kill("SIGTERM");
    throw thrown;
  }
}

async function copyIn(
  { program, id }: At,
  folder: string,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const running = await startDocker(program, ["cp", "-", `${id}:${folder}`], { stdin: "pipe", signal });
  const stderr = collect(running.stderr);
  running.stdout.resume();
  const noted = noteMistakes(archive);
  // Docker says more about its failing than a broken pipe does.
  await pipeline(Readable.from(noted.content), running.stdin).catch(() => {});
  const { code } = await running.ended;
  signal.throwIfAborted();
  if (noted.mistake() !== undefined) {
    throw noted.mistake();
  }
  if (code !== 0) {
    throw await explainFailure(program, copyInFailed(folder), { code, stderr: stderr() });
  }
}

/** As Packer orders them. */
function makeCommitArguments({ author, message, changes }: CommitDetails): readonly string[] {
  return [
    ...(author ? ["--author", author] : []),
    ...changes.flatMap((change) => ["--change", change]),
    ...(message ? ["--message", message] : []),
  ];
}

async function remove(program: DockerProgram, id: string, signal: AbortSignal): Promise<void> {
  // `rm --force` is kill and rm in one; it succeeds when there is no such container since docker 20.10, before that it says so.
  const result = await runDocker(program, ["rm", "--force", "--volumes", id], { signal });
  if (result.code === 0) {
    return;
  }
  if ((await isListed(program, id, signal)) === false) {
    return;
  }
  throw await explainFailure(program, removeFailed(id), result);
}

/** Whether the engine still lists the container; `undefined` when it cannot be asked. */
async function isListed(program: DockerProgram, id: string, signal: AbortSignal): Promise<boolean | undefined> {
  const result = await runDocker(program, ["ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}}"], { signal });
  if (result.code !== 0) {
    return undefined;
  }
  return result.stdout.split("\n").some((line) => line.split(/[ ,]/).includes(id));
}
