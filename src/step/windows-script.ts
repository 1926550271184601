// Scripts on their way to a Windows machine: their bytes, and how they are called in the log.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { failure, messageOf } from "../diagnostic/build-error.ts";

export interface ScriptSource {
  /** `inline`, or the path as the template has it. */
  readonly title: string;
  readonly content: Buffer;
  readonly inline: boolean;
}

/** The scripts of a template in their order, each read when its turn comes and byte by byte: Windows' line ends stay. */
export async function* scriptSources(
  inline: readonly string[],
  files: readonly string[],
  cwd: string,
): AsyncGenerator<ScriptSource> {
  // Unlike Packer, which writes inline scripts into a temporary file of this machine: they may hold secrets.
  if (inline.length > 0) {
    yield { title: "inline", content: Buffer.from(`${inline.join("\n")}\n`), inline: true };
  }
  for (const path of files) {
    yield { title: path, content: await contentOf(path, cwd), inline: false };
  }
}

async function contentOf(path: string, cwd: string): Promise<Buffer> {
  try {
    return await readFile(resolve(cwd, path));
  } catch (thrown) {
    throw failure("template", "provisioner/file-missing", `The script ${path} could not be read`, {
      detail: messageOf(thrown),
      cause: thrown,
    });
  }
}
