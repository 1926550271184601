// One script on its way to the machine: where its bytes come from.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { failure, messageOf } from "../../diagnostic/build-error.ts";
import type { Clock } from "../../host/host.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import type { ProvisionRun } from "../../sdk/provisioner.ts";
import { readFileOrPipe } from "../../step/pipe-file.ts";
import { scriptFiles } from "../../step/script.ts";
import { inMemory, type RemoteContent } from "./remote-file.ts";
import type { shellOptions } from "./shell-options.ts";

type Config = ConfigOf<typeof shellOptions>;

/** A script and how it is called in the log. */
export interface Script extends RemoteContent {
  readonly title: string;
}

/** The scripts of a configuration, each read when its turn comes. */
export async function* scriptsOf(
  config: Config,
  { host, signal }: Pick<ProvisionRun, "host" | "signal">,
): AsyncGenerator<Script> {
  // Unlike Packer, which writes inline scripts into a temporary file of this machine: they may hold secrets.
  if (config.inline.length > 0) {
    yield { title: "inline", ...inMemory(normalized(Buffer.from(inlineText(config)), config.binary)) };
  }
  for (const path of scriptFiles(config)) {
    yield { title: path, ...(await fromFile(path, config.binary, { cwd: host.cwd, clock: host.clock, signal })) };
  }
}

/** As Packer 1.13 and later: a first line that names its interpreter itself stays the first line. */
function inlineText(config: Config): string {
  const ownShebang = config.inline_shebang === undefined && config.inline[0]?.startsWith("#!") === true;
  const lines = ownShebang ? config.inline : [`#!${config.inline_shebang || "/bin/sh -e"}`, ...config.inline];
  return `${lines.join("\n")}\n`;
}

async function fromFile(
  path: string,
  binary: boolean,
  { cwd, clock, signal }: { readonly cwd: string; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<RemoteContent> {
  const absolute = resolve(cwd, path);
  try {
    const stats = await stat(absolute);
    if (!binary || stats.isFIFO()) {
      return inMemory(normalized(await readFileOrPipe(absolute, stats, { clock, signal }), binary));
    }
    return { size: stats.size, open: () => createReadStream(absolute) };
  } catch (thrown) {
    signal.throwIfAborted();
    throw failure("provisioner", "provisioner/file-missing", `The script ${path} could not be read`, {
      detail: messageOf(thrown),
      cause: thrown,
    });
  }
}

/** The same text with `\n` after every line, also the last. Works on bytes: the encoding is the script's business. */
function normalized(content: Buffer, binary: boolean): Buffer {
  if (binary || content.length === 0) {
    return content;
  }
  const text = content.toString("latin1").replace(/\r\n/g, "\n").replace(/\r$/, "");
  return Buffer.from(text.endsWith("\n") ? text : `${text}\n`, "latin1");
}
