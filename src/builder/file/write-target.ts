// Puts content into the file that the builder makes.
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { failure, messageOf } from "../../diagnostic/build-error.ts";
import type { Run } from "../../sdk/run.ts";

/** Writes a text. As Packer: only the owner may read it. */
export async function writeContent(target: string, content: string): Promise<void> {
  await attempt("host/file-unwritable", `The file ${target} could not be written`, async () => {
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    await writeFile(target, content, { mode: 0o600 });
  });
}

/** Copies a file; the copy has usual permissions, whatever the source's are. */
export async function copySource(source: string, target: string, run: Run): Promise<void> {
  const from = resolve(run.host.cwd, source);
  const to = resolve(run.host.cwd, target);
  run.ui.say(`Copying ${source} to ${target}`);
  await attempt("host/file-unreadable", `The file ${source} could not be read`, () => stat(from));
  await attempt("host/file-unwritable", `The file ${source} could not be copied to ${target}`, async () => {
    await mkdir(dirname(to), { recursive: true, mode: 0o755 });
    await pipeline(createReadStream(from), createWriteStream(to));
  });
  const { size } = await stat(to);
  run.ui.say(`Copied ${size} bytes`);
}

async function attempt(code: string, summary: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (thrown) {
    throw failure("environment", code, summary, { detail: messageOf(thrown), cause: thrown });
  }
}
