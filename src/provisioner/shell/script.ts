// One script on its way to the machine: where its bytes come from.
import type { ConfigOf } from "../../sdk/option.ts";
import type { ProvisionRun } from "../../sdk/provisioner.ts";
import {
  holdContent,
  joinInline,
  listScriptFiles,
  readScript,
  type ScriptContent,
  streamScript,
} from "../../step/script.ts";
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
    const text = Buffer.from(joinInline(config.inline, config.inline_shebang, "/bin/sh -e"));
    yield { title: "inline", ...holdContent(config.binary ? text : normalizeLines(text)) };
  }
  for (const path of listScriptFiles(config)) {
    const content = config.binary
      ? await streamScript(path, run)
      : holdContent(normalizeLines(await readScript(path, run)));
    yield { title: path, ...content };
  }
}

/** The same text with `\n` after every line, also the last. Works on bytes: the encoding is the script's business. */
function normalizeLines(content: Buffer): Buffer {
  if (content.length === 0) {
    return content;
  }
  const text = content.toString("latin1").replace(/\r\n/g, "\n").replace(/\r$/, "");
  return Buffer.from(text.endsWith("\n") ? text : `${text}\n`, "latin1");
}
