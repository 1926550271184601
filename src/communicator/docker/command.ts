// A command in a container, and telling a command that ended from a container that did.
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { DockerContainer, ExecRequest } from "../../driver/docker/container.ts";
import type { Clock } from "../../host/host.ts";
import type { CommandEnd, CommandIo } from "../../sdk/communicator.ts";

/** Statuses that a command also has when its container goes away under it: killed, or refused by docker. */
const MAYBE_STOPPED = new Set([1, 126, 128, 137, 143]);

/** The engine notices the end of a container a moment after the end of the commands in it. */
const NOTICE_WITHIN = 500;

/** Runs one command; a container that stops meanwhile is a connection that was lost, and is said to be one. */
export async function execIn(
  container: DockerContainer,
  request: ExecRequest,
  io: CommandIo,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<CommandEnd> {
  let code: number | undefined;
  try {
    code = await container.exec(request, io, signal);
    if (!MAYBE_STOPPED.has(code)) {
      return { end: "exited", code };
    }
    const wait = code >= 128 ? NOTICE_WITHIN : 0;
    if (await keepsRunning(container, wait, clock, signal)) {
      return { end: "exited", code };
    }
  } catch (thrown) {
    signal.throwIfAborted();
    const facts = await container.facts(signal);
    if (facts?.running === true) {
      throw thrown;
    }
    if (facts !== undefined && code === undefined) {
      throw explainEnded(container.id, thrown);
    }
  }
  await io.stderr(
    Buffer.from(`The container ${container.id} stopped or was removed while a command was running in it.\n`),
  );
  return { end: "disconnected" };
}

function explainEnded(id: string, cause: unknown): Error {
  return failure("environment", "docker/exec", `The container ${id} is not running, so that nothing can be run in it`, {
    detail: readMessage(cause),
    hint: 'What "run_command" starts must go on running, as a shell with an open input does.',
    cause,
    lasts: true,
  });
}

async function keepsRunning(
  container: DockerContainer,
  milliseconds: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const start = clock.elapsed();
  for (;;) {
    if ((await container.facts(signal))?.running !== true) {
      return false;
    }
    if (clock.elapsed() - start >= milliseconds) {
      return true;
    }
    await clock.sleep(50, signal);
  }
}
