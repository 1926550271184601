// A container and what can be done with it, whichever way its engine is reached.
import type { DockerContainer } from "./container-contract.ts";
import { openContainerOverProgram } from "./container-over-program.ts";
import { openContainerOverSocket } from "./container-over-socket.ts";
import { findLocalEngine } from "./local-engine.ts";
import type { DockerProgram } from "./program.ts";

export type { CommitDetails, ContainerFacts, DockerContainer, ExecIo, ExecRequest } from "./container-contract.ts";

/**
 * The container `id` (or name), over the engine's socket when that is where the program would go and the container is known
 * there: this saves starting the program for every command. Otherwise through the program, which can reach every engine.
 */
export async function openContainer(program: DockerProgram, id: string, signal: AbortSignal): Promise<DockerContainer> {
  const throughProgram = openContainerOverProgram(program, id);
  const engine = await findLocalEngine(program);
  if (engine === undefined) {
    return throughProgram;
  }
  const overSocket = openContainerOverSocket(engine, id);
  try {
    return (await overSocket.facts(signal)) === undefined ? throughProgram : overSocket;
  } catch {
    signal.throwIfAborted();
    return throughProgram;
  }
}

/** Loads what speaking to a container needs, for moments when there is nothing to do but wait. */
export async function loadContainerClient(): Promise<void> {
  await Promise.all([import("node:http"), import("tar-stream")]);
}
