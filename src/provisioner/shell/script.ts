// One script on its way to the machine: where its bytes come from.
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { failure, messageOf } from "../../diagnostic/build-error.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import { scriptFiles } from "../../sdk/script-options.ts";
import { inMemory, type RemoteContent } from "./remote-file.ts";
import type { shellOptions } from "./shell-options.ts";

type Config = ConfigOf<typeof shellOptions>;

/** A script and how it is called in the log. */
export interface Script extends RemoteContent {
  readonly title: string;
}

/** The scripts of a configuration, each read when its turn comes. */
export async function* scriptsOf(config: Config, cwd: string): AsyncGenerator<Script> {
  // Unlike Packer, which writes inline scripts into a temporary file of this machine: they may hold secrets.
  if (config.inline.length > 0) yield { title: "inline", ...inMemory(normalized(Buffer.from(inlineText(config)), config.binary)) };
  for (const path of scriptFiles(config)) yield { title: path, ...(await fromFile(path, resolve(cwd, path), config.binary)) };
}

/** As Packer 1.13 and later: a first line that names its interpreter itself stays the first line. */
function inlineText(config: Config): string {
  const ownShebang = config.inline_shebang === undefined && config.inline[0]?.startsWith("#!") === true;
  const lines = ownShebang ? config.inline : [`#!${config.inline_shebang || "/bin/sh -e"}`, ...config.inline];
  return `${lines.join("\n")}\n`;
}

async function fromFile(path: string, absolute: string, binary: boolean): Promise<RemoteContent> {
  try {
    if (!binary) return inMemory(normalized(await readFile(absolute), false));
    const { size } = await stat(absolute);
    return { size, open: () => createReadStream(absolute) };
  } catch (thrown) {
    throw failure("provisioner", "provisioner/file-missing", `The script ${path} could not be read`, {
      detail: messageOf(thrown),
      cause: thrown,
    });
  }
}

/** The same text with `\n` after every line, also the last. Works on bytes: the encoding is the script's business. */
function normalized(content: Buffer, binary: boolean): Buffer {
  if (binary || content.length === 0) return content;
  const text = content.toString("latin1").replace(/\r\n/g, "\n").replace(/\r$/, "");
  return Buffer.from(text.endsWith("\n") ? text : `${text}\n`, "latin1");
}
