// An archive says how long a file is before its content: content of unknown length is set aside first.
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { UploadSource } from "../../sdk/communicator.ts";
import type { Run } from "../../sdk/run.ts";

/** What is kept in memory; anything longer goes through a file. */
const IN_MEMORY = 1024 * 1024;

interface Sized {
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/** The content with its length. */
export async function measure(source: UploadSource, run: Pick<Run, "temporaryFolder" | "remove">): Promise<Sized> {
  if (source.size !== undefined) {
    return { size: source.size, content: source.content };
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  const rest = source.content[Symbol.asyncIterator]();
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    chunks.push(next.value);
    size += next.value.length;
    if (size > IN_MEMORY) {
      return spool(chunks, rest, run);
    }
  }
  return { size, content: sortInOrder(chunks) };
}

async function spool(
  chunks: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  run: Pick<Run, "temporaryFolder" | "remove">,
): Promise<Sized> {
  const folder = await run.temporaryFolder("packer-upload");
  const path = join(folder, "content");
  let size = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of follow(chunks, rest)) {
      size += chunk.length;
      yield chunk;
    }
  };
  await pipeline(Readable.from(counted()), createWriteStream(path, { mode: 0o600 }));
  const content = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(path)) {
      yield chunk as Uint8Array;
    }
    await rm(path, { force: true });
    await run.remove(folder);
  };
  return { size, content: content() };
}

async function* sortInOrder(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* follow(chunks: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    yield next.value;
  }
}
