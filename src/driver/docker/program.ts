// The docker program: starting it, streaming through it, and saying what went wrong when it failed.
import type { Readable } from "node:stream";
import { type BuildError, type FailureClass, failure } from "../../diagnostic/build-error.ts";
import type { Host, ProcessResult, RunningProcess, RunOptions } from "../../host/host.ts";
import { chooseHint, type Hints } from "./hints.ts";

/** Which docker program to use, and with which settings. */
export interface DockerProgram {
  readonly host: Host;
  /** `docker` or a path to it; podman answers to the same arguments. */
  readonly executable: string;
  /** Folder of client settings to use instead of the user's. */
  readonly config?: string | undefined;
  /** Variables that say where the engine is, when they are not those of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** What a failed command was for. */
export interface Purpose {
  readonly kind: FailureClass;
  readonly code: string;
  /** What is told first, such as `Error pulling Docker image`. */
  readonly summary: string;
  /** What to try, always or by what the engine said. */
  readonly hint?: Hints | string | undefined;
  /** A refusal that no waiting mends. */
  readonly lasts?: boolean | undefined;
}

/** The whole command line for `args`. */
export function makeCommand(program: DockerProgram, args: readonly string[]): readonly [string, ...string[]] {
  return [program.executable, ...(program.config === undefined ? [] : ["--config", program.config]), ...args];
}

/** Runs the program to its end, whatever that is. */
export function runDocker(
  program: DockerProgram,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProcessResult> {
  return program.host.processes.run(makeCommand(program, args), { ...chooseEnv(program), ...options });
}

/** Runs the program and gives what it printed on standard output, trimmed. Throws when it fails. */
export async function askDocker(
  program: DockerProgram,
  args: readonly string[],
  purpose: Purpose,
  options: RunOptions = {},
): Promise<string> {
  const result = await runDocker(program, args, options);
  if (result.code !== 0) {
    throw await explainFailure(program, purpose, result);
  }
  return result.stdout.trim();
}

/** Starts the program with its streams open. */
export function startDocker(
  program: DockerProgram,
  args: readonly string[],
  options: { stdin?: "pipe" | "ignore" | undefined; signal: AbortSignal },
): Promise<RunningProcess> {
  return program.host.processes.start(makeCommand(program, args), { ...chooseEnv(program), ...options });
}

/** What the program writes on standard output, as it comes. Ends with an error when the program fails. */
export async function* readOutput(
  program: DockerProgram,
  args: readonly string[],
  purpose: Purpose,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const running = await startDocker(program, args, { stdin: "ignore", signal });
  const stderr = collect(running.stderr);
  let whole = false;
  try {
    for await (const chunk of running.stdout) {
      yield chunk as Uint8Array;
    }
    whole = true;
  } finally {
    // Whoever reads may have enough before the end.
    if (!whole) {
      running.kill("SIGTERM");
    }
  }
  const { code } = await running.ended;
  signal.throwIfAborted();
  if (code !== 0) {
    throw await explainFailure(program, purpose, { code, stderr: stderr() });
  }
}

/** The failure for a command that ended with an error: the engine's own words, or that there is no engine. */
export async function explainFailure(
  program: DockerProgram,
  purpose: Purpose,
  result: Pick<ProcessResult, "code" | "stderr">,
): Promise<BuildError> {
  const detail = result.stderr.trim() || `docker ended with exit status ${result.code} and no message.`;
  // What the engine itself said need not be followed by a question whether it is there.
  if (!/Error response from daemon/.test(detail) && !(await answers(program))) {
    return explainUnreachable(detail);
  }
  return makeFailure(purpose, detail);
}

/** The failure for what the engine said. */
export function makeFailure({ kind, code, summary, hint, lasts }: Purpose, detail: string): BuildError {
  return failure(kind, code, summary, { detail, hint: chooseHint(hint, detail), lasts });
}

/** The failure for an engine that does not answer. */
export function explainUnreachable(detail: string, cause?: unknown): BuildError {
  return failure("environment", "docker/unreachable", "The Docker engine cannot be reached", {
    detail,
    hint: "Check that the Docker daemon is running, that this user may use it, and what DOCKER_HOST and `docker context ls` say.",
    cause,
  });
}

/** Gives the engine so long for something short. */
export function waitForEngine<T>(
  program: DockerProgram,
  milliseconds: number,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = (): Error => explainUnreachable(`It did not answer within ${milliseconds / 1000} s.`);
  return program.host.clock.within(milliseconds, undefined, body, late);
}

async function answers(program: DockerProgram): Promise<boolean> {
  const ask = (signal: AbortSignal): Promise<ProcessResult> =>
    runDocker(program, ["version", "--format", "{{.Server.Version}}"], { signal });
  const asked = await waitForEngine(program, 10_000, ask).catch(() => undefined);
  return asked?.code === 0;
}

function chooseEnv(program: DockerProgram): { env?: Readonly<Record<string, string>> | undefined } {
  return program.env === undefined ? {} : { env: program.env };
}

/** Keeps what a stream says, up to a megabyte. */
export function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    if (size < 1024 * 1024) {
      chunks.push(chunk);
    }
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}
