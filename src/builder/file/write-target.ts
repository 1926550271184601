// Puts content into the file that the builder makes.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { Run } from "../../sdk/run.ts";
import { type partialFile, writeWhole } from "../../step/whole-file.ts";

/** Writes a text. As Packer: only the owner may read it. */
export async function writeContent(target: string, content: string, run: Run<typeof partialFile>): Promise<void> {
  await writeWhole(target, readOnce(Buffer.from(content)), run, 0o600);
}

/** Copies a file; the copy has usual permissions, whatever the source's are. */
export async function copySource(source: string, target: string, run: Run<typeof partialFile>): Promise<void> {
  const from = resolve(run.host.cwd, source);
  run.ui.say(`Copying ${source} to ${target}`);
  await stat(from).catch((thrown: unknown) => {
    throw reportUnreadable(source, thrown);
  });
  await writeWhole(target, readContent(from, source), run);
  const { size } = await stat(resolve(run.host.cwd, target));
  run.ui.say(`Copied ${size} bytes`);
}

async function* readOnce(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

async function* readContent(path: string, shown: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path)) {
      yield chunk as Uint8Array;
    }
  } catch (thrown) {
    throw reportUnreadable(shown, thrown);
  }
}

function reportUnreadable(source: string, thrown: unknown): Error {
  return failure("environment", "host/file-unreadable", `The file ${source} could not be read`, {
    detail: readMessage(thrown),
    cause: thrown,
  });
}
