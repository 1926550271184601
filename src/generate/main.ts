// `npm run generate`: writes action.yml, the reference, the README's tables and the JSON Schema of templates.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateFiles } from "./generated-files.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = existsSync(join(root, "README.md")) ? readFileSync(join(root, "README.md"), "utf8") : undefined;
const files = generateFiles(readme);
const reference = join(root, "docs/reference");
const old = existsSync(reference) ? readdirSync(reference, { recursive: true, withFileTypes: true }) : [];
for (const entry of old) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !files.has(path.slice(root.length))) {
    rmSync(path);
  }
}
for (const [path, text] of files) {
  const target = join(root, path);
  if (existsSync(target) && readFileSync(target, "utf8") === text) {
    continue;
  }
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  process.stdout.write(`${path}\n`);
}
