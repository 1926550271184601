// What stands in templates in clear, before any of them is evaluated: the runner cannot be asked to forget a mask.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { MAX_TEMPLATE_BYTES } from "../../template/loading.ts";

/** The texts of a template: of a file, or of a folder's files. What cannot be read is told of when the template is. */
export async function readTemplateTexts(path: string): Promise<readonly string[]> {
  const entries = await readdir(path).catch(() => undefined);
  const files =
    entries === undefined
      ? [path]
      : entries.filter((name) => /\.pkr\.(hcl|json)$/.test(name)).map((name) => join(path, name));
  const texts = await Promise.all(files.map((file) => readTemplate(file).catch(() => "")));
  return texts.filter((text) => text !== "");
}

async function readTemplate(path: string): Promise<string> {
  const facts = await stat(path);
  return facts.isFile() && facts.size <= MAX_TEMPLATE_BYTES ? readFile(path, "utf8") : "";
}
