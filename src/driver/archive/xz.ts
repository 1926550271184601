// The xz format, by the program `xz`: nothing that could be bundled compresses to it.
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BuildError, failure, readMessage } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import type { Effort } from "./deflate.ts";

/** Compresses a stream to xz. */
export async function* xz(
  source: AsyncIterable<Uint8Array>,
  { level, cores }: Effort,
  host: Pick<Host, "processes">,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const command = [
    "xz",
    "--compress",
    "--stdout",
    "--quiet",
    `--threads=${cores}`,
    ...(level < 0 ? [] : [`-${level}`]),
  ] as const;
  const program = await host.processes.start(command, { signal }).catch(explainMissing);
  let running = true;
  void program.ended.then(() => {
    running = false;
  });
  const complaint = keepTail(program.stderr);
  const fed = feed(source, program.stdin);
  try {
    yield* program.stdout as AsyncIterable<Uint8Array>;
    const { code } = await program.ended;
    const { failed } = await fed;
    signal.throwIfAborted();
    if (failed !== undefined) {
      throw failed.thrown;
    }
    if (code !== 0) {
      throw failure("environment", "archive/xz-failed", `xz ended with status ${code}`, { detail: complaint() });
    }
  } finally {
    if (running) {
      program.kill("SIGTERM");
    }
  }
}

/** Gives the whole source to a program. Tells when the source failed; a program that stops reading tells so by its status. */
async function feed(
  source: AsyncIterable<Uint8Array>,
  stdin: Writable,
): Promise<{ failed?: { thrown: unknown } | undefined }> {
  const result: { failed?: { thrown: unknown } | undefined } = {};
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (thrown) {
      result.failed = { thrown };
      throw thrown;
    }
  };
  await pipeline(watched, stdin).catch(() => {});
  return result;
}

function keepTail(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (more: string) => {
    text = (text + more).slice(-2000);
  });
  return () => text.trim();
}

function explainMissing(thrown: unknown): never {
  const missing =
    thrown instanceof BuildError && thrown.diagnostics.some(({ code }) => code === "host/command-missing");
  if (!missing) {
    throw thrown;
  }
  throw failure("environment", "archive/xz-missing", `Compressing to xz needs the program "xz", which was not found`, {
    detail: readMessage(thrown),
    hint: "Install it (Debian and Ubuntu: apt-get install xz-utils; macOS: brew install xz), or choose another format such as .tar.gz.",
    cause: thrown,
  });
}
