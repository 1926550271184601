// One script on its way to the machine: where its bytes come from.
import type { ConfigOf } from "../../sdk/option.ts";
import type { ProvisionRun } from "../../sdk/provisioner.ts";
import { holdContent, readScript, type ScriptContent, scriptFiles, streamScript } from "../../step/script.ts";
import type { shellOptions } from "./shell-options.ts";

type Config = ConfigOf<typeof shellOptions>;

/** A script and how it is called in the log. */
export interface Script extends ScriptContent {
  readonly title: string;
}

/** The scripts of a configuration, each read when its turn comes. */
export async function* readScripts(config: Config, run: ProvisionRun): AsyncGenerator<Script> {
  // Unlike Packer, which writes inline scripts into a temporary file of this machine: they may hold secrets.
  if (config.inline.length > 0) {
    yield { title: "inline", ...holdContent(normalized(Buffer.from(inlineText(config)), config.binary)) };
  }
  for (const path of scriptFiles(config)) {
    yield { title: path, ...(await readFrom(path, config.binary, run)) };
  }
}

/** As Packer 1.13 and later: a first line that names its interpreter itself stays the first line. */
function inlineText(config: Config): string {
  const ownShebang = config.inline_shebang === undefined && config.inline[0]?.startsWith("#!") === true;
  const lines = ownShebang ? config.inline : [`#!${config.inline_shebang || "/bin/sh -e"}`, ...config.inline];
  return `${lines.join("\n")}\n`;
}

async function readFrom(path: string, binary: boolean, run: ProvisionRun): Promise<ScriptContent> {
  return binary ? streamScript(path, run) : holdContent(normalized(await readScript(path, run), binary));
}

/** The same text with `\n` after every line, also the last. Works on bytes: the encoding is the script's business. */
function normalized(content: Buffer, binary: boolean): Buffer {
  if (binary || content.length === 0) {
    return content;
  }
  const text = content.toString("latin1").replace(/\r\n/g, "\n").replace(/\r$/, "");
  return Buffer.from(text.endsWith("\n") ? text : `${text}\n`, "latin1");
}
