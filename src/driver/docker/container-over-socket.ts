// A container reached over its engine's socket, without starting the docker program for every operation.

import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { failure } from "../../diagnostic/build-error.ts";
import type { CommitDetails, ContainerFacts, DockerContainer, ExecIo, ExecRequest } from "./container-contract.ts";
import { readContainerFacts } from "./container-facts.ts";
import {
  type EngineReply,
  type EngineRequest,
  type EngineSocket,
  readAnswer,
  readText,
  send,
  type TakenOver,
  takeOver,
} from "./engine-http.ts";
import { readFrames } from "./frames.ts";
import { type ImageFacts, readImageFacts } from "./image.ts";
import { makeFailure, type Purpose } from "./program.ts";
import { commitFailed, copyInFailed, copyOutFailed, removeFailed } from "./purposes.ts";

/** A container as the engine addresses it. */
interface At {
  readonly engine: EngineSocket;
  readonly path: string;
}

export function openContainerOverSocket(engine: EngineSocket, id: string): DockerContainer {
  const path = `/containers/${encodeURIComponent(id)}`;
  return {
    id,
    over: "socket",
    facts: (signal) => inspect(engine, path, signal),
    image: (signal) => inspectImage(engine, path, signal),
    exec: (request, io, signal) => exec({ engine, path }, request, io, signal),
    copyIn: (folder, archive, signal) => copyIn({ engine, path }, folder, archive, signal),
    copyOut: (remotePath, signal) => copyOut(engine, path, remotePath, signal),
    sizeAt: async (remotePath, signal) => (await readStat({ engine, path }, remotePath, signal))?.size,
    isFolderItself: (folder, signal) => isFolderItself({ engine, path }, folder, signal),
    commit: (details, signal) => commit(engine, id, details, signal),
    remove: (signal) => remove(engine, path, id, signal),
  };
}

async function inspect(engine: EngineSocket, path: string, signal: AbortSignal): Promise<ContainerFacts | undefined> {
  const answer = await readAnswer(await send(engine, { method: "GET", path: `${path}/json`, signal }));
  if (answer.ok) {
    return readContainerFacts(answer.value);
  }
  if (answer.status === 404) {
    return undefined;
  }
  throw failure("environment", "docker/engine", "The Docker engine refused a request", { detail: answer.message });
}

async function inspectImage(engine: EngineSocket, path: string, signal: AbortSignal): Promise<ImageFacts | undefined> {
  const facts = await inspect(engine, path, signal);
  if (facts === undefined) {
    return undefined;
  }
  const answer = await readAnswer(await send(engine, { method: "GET", path: `/images/${facts.image}/json`, signal }));
  return answer.ok ? readImageFacts(answer.value) : undefined;
}

async function exec({ engine, path }: At, request: ExecRequest, io: ExecIo, signal: AbortSignal): Promise<number> {
  const terminal = request.terminal === true;
  const json = {
    AttachStdin: io.stdin !== undefined,
    AttachStdout: true,
    AttachStderr: true,
    Tty: terminal,
    Cmd: request.command,
    User: request.user || undefined,
  };
  const made = await ask(engine, { method: "POST", path: `${path}/exec`, json, signal }, execFailed);
  const id = readText(made, "Id");
  const started = await takeOver(engine, {
    method: "POST",
    path: `/exec/${id}/start`,
    json: { Detach: false, Tty: terminal },
    signal,
  });
  if ("status" in started && started.status >= 400) {
    throw await explainRefusal(started, execFailed);
  }
  await converse(started, terminal, io, signal);
  return readExitStatus(engine, id, signal);
}

const execFailed: Purpose = {
  kind: "environment",
  code: "docker/exec",
  summary: "A command could not be started in the container",
};

/** Passes both directions until the command has closed its output. */
async function converse(
  started: TakenOver | EngineReply,
  terminal: boolean,
  io: ExecIo,
  signal: AbortSignal,
): Promise<void> {
  const source = "socket" in started ? started.socket : started.body;
  const stop = (): void => void source.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    if ("socket" in started) {
      if (started.head.length > 0) {
        started.socket.unshift(started.head);
      }
      if (io.stdin !== undefined) {
        feed(started.socket, io.stdin);
      }
    }
    if (terminal) {
      for await (const chunk of source) {
        await io.stdout(chunk as Uint8Array);
      }
    } else {
      for await (const { stream, bytes } of readFrames(source)) {
        await io[stream](bytes);
      }
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  } finally {
    signal.removeEventListener("abort", stop);
    source.destroy();
  }
  signal.throwIfAborted();
}

/** Sends input and then closes that direction only. A command that reads nothing of it is no error. */
function feed(socket: TakenOver["socket"], stdin: AsyncIterable<Uint8Array>): void {
  pipeline(Readable.from(stdin), socket).catch(() => {});
}

async function readExitStatus(engine: EngineSocket, execId: string, signal: AbortSignal): Promise<number> {
  const request: EngineRequest = { method: "GET", path: `/exec/${execId}/json`, signal };
  for (let pause = 1; ; pause = Math.min(2 * pause, 20)) {
    const { Running, ExitCode } = ((await ask(engine, request, execFailed)) ?? {}) as {
      readonly Running?: boolean;
      readonly ExitCode?: number | null;
    };
    if (!Running) {
      return ExitCode ?? 0;
    }
    // A command closes its output a moment before it ends, or long before.
    await engine.host.clock.sleep(pause, signal);
  }
}

async function copyIn(
  { engine, path }: At,
  folder: string,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const query = new URLSearchParams({ path: folder, noOverwriteDirNonDir: "true" });
  await ask(engine, { method: "PUT", path: `${path}/archive?${query}`, body: archive, signal }, copyInFailed(folder));
}

async function* copyOut(
  engine: EngineSocket,
  path: string,
  remotePath: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const query = new URLSearchParams({ path: remotePath });
  const reply = await send(engine, { method: "GET", path: `${path}/archive?${query}`, signal });
  if (reply.status >= 400) {
    throw await explainRefusal(reply, copyOutFailed(remotePath));
  }
  try {
    for await (const chunk of reply.body) {
      yield chunk as Uint8Array;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw failure("network", "docker/copy", `Error downloading '${remotePath}' from the container`, {
      detail: "The engine broke off.",
      cause: thrown,
    });
  } finally {
    reply.body.destroy();
  }
}

/** Bits of a mode as Go has them. */
const FOLDER = 0x80000000;

async function isFolderItself(at: At, folder: string, signal: AbortSignal): Promise<boolean> {
  const names = folder.split("/").filter((name) => name !== "");
  for (let length = 1; length <= names.length; length++) {
    const stat = await readStat(at, `/${names.slice(0, length).join("/")}`, signal);
    if (stat === undefined || (stat.mode & FOLDER) === 0) {
      return false;
    }
  }
  return true;
}

interface Stat {
  readonly size: number;
  readonly mode: number;
}

async function readStat({ engine, path }: At, remotePath: string, signal: AbortSignal): Promise<Stat | undefined> {
  const query = new URLSearchParams({ path: remotePath });
  const reply = await send(engine, { method: "HEAD", path: `${path}/archive?${query}`, signal });
  reply.body.resume();
  const facts = reply.body.headers["x-docker-container-path-stat"];
  if (reply.status >= 400 || typeof facts !== "string") {
    return undefined;
  }
  return parseStat(Buffer.from(facts, "base64").toString("utf8"));
}

function parseStat(text: string): Stat | undefined {
  try {
    const { size, mode } = JSON.parse(text) as Partial<Stat>;
    return typeof size === "number" && typeof mode === "number" ? { size, mode } : undefined;
  } catch {
    return undefined;
  }
}

async function commit(engine: EngineSocket, id: string, details: CommitDetails, signal: AbortSignal): Promise<string> {
  const query = new URLSearchParams({
    container: id,
    author: details.author ?? "",
    comment: details.message ?? "",
    pause: "1",
  });
  for (const change of details.changes) {
    query.append("changes", change);
  }
  const made = await ask(engine, { method: "POST", path: `/commit?${query}`, json: {}, signal }, commitFailed);
  return readText(made, "Id");
}

async function remove(engine: EngineSocket, path: string, id: string, signal: AbortSignal): Promise<void> {
  const reply = await send(engine, { method: "DELETE", path: `${path}?force=1&v=1`, signal });
  const answer = await readAnswer(reply);
  if (answer.ok || answer.status === 404) {
    return;
  }
  // Somebody else is removing it: wait until it is gone.
  if (answer.status === 409 && (await explainVanished(engine, path, signal))) {
    return;
  }
  throw makeFailure(removeFailed(id), answer.message);
}

async function explainVanished(engine: EngineSocket, path: string, signal: AbortSignal): Promise<boolean> {
  for (let tries = 0; tries < 50; tries++) {
    if ((await inspect(engine, path, signal)) === undefined) {
      return true;
    }
    await engine.host.clock.sleep(200, signal);
  }
  return false;
}

async function ask(engine: EngineSocket, request: EngineRequest, purpose: Purpose): Promise<unknown> {
  const answer = await readAnswer(await send(engine, request));
  if (answer.ok) {
    return answer.value;
  }
  throw makeFailure(purpose, answer.message);
}

async function explainRefusal(reply: EngineReply, purpose: Purpose): Promise<Error> {
  const answer = await readAnswer(reply);
  return makeFailure(purpose, answer.ok ? "The engine refused." : answer.message);
}
