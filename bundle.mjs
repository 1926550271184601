// Bundles the action, its post step and the command line into dist/, or into the folder after `--outdir`:
// CommonJS, which starts sooner than ESM, with chunks that load when they are needed.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

/** Native add-ons of ssh2 only make it faster; undici only serves proxies that the toolkit's clients tunnel by themselves. */
const withoutNatives = {
  name: "without-natives",
  setup(builder) {
    builder.onResolve({ filter: /^cpu-features$|\.node$/ }, ({ path }) => ({ path, namespace: "absent" }));
    builder.onResolve({ filter: /^undici$/ }, ({ path }) => ({ path, namespace: "undici" }));
    builder.onLoad({ filter: /.*/, namespace: "absent" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not part of this bundle`)});`,
    }));
    builder.onLoad({ filter: /.*/, namespace: "undici" }, () => ({
      contents:
        "export class ProxyAgent { constructor() { throw new Error('proxies for fetch are not part of this bundle'); } }\nexport const fetch = globalThis.fetch;",
    }));
  },
};

const root = fileURLToPath(new URL(".", import.meta.url));
const [flag, folder] = process.argv.slice(2);
const outdir = flag === "--outdir" && folder !== undefined ? resolve(folder) : join(root, "dist");
const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: { cli: "src/cli/main.ts", quickstart: "src/cli/quickstart.ts", action: "src/action/main.ts", post: "src/action/post.ts" },
  outdir,
  write: false,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // Our own names stay, for stack traces; giving them back at run time, as libraries need it, would cost each closure a call.
  minifyWhitespace: true,
  minifySyntax: true,
  metafile: true,
  legalComments: "none",
  mainFields: ["module", "main"],
  chunkNames: "chunks/[name]-[hash]",
  define: { __PACKAGE_VERSION__: JSON.stringify(version), __EDITION__: JSON.stringify("@edition@"), "import.meta.url": "__moduleUrl" },
  plugins: [withoutNatives],
  logLevel: "warning",
});

/** Chunks can only be made as ESM. What they import later they then `require` later. */
async function commonJs({ path, text }) {
  const inputs = Object.keys(metafile.outputs[relative(root, path).replaceAll("\\", "/")].inputs);
  const isLibrary = inputs.every((input) => /node_modules\/|^(undici|absent):/.test(input));
  const small = isLibrary ? { minify: true, keepNames: true } : { minifyWhitespace: true, minifySyntax: true };
  const { code } = await transform(text, {
    ...small,
    format: "cjs",
    platform: "node",
    target: "node20",
    supported: { "dynamic-import": false },
  });
  const url = 'const __moduleUrl=require("node:url").pathToFileURL(__filename).href;';
  return { path, code: `"use strict";${text.includes("__moduleUrl") ? url : ""}${code}` };
}

const files = await Promise.all(outputFiles.map(commonJs));
const chunks = files.filter(({ path }) => dirname(path) !== outdir);
const edition = createHash("sha256");
for (const { code } of chunks) edition.update(code);
const digest = edition.digest("hex");

// Only now, when everything could be built, the old chunks make room for the new ones. What `npm run generate` wrote stays.
rmSync(join(outdir, "chunks"), { recursive: true, force: true });
for (const { path, code } of files) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code.replace("@edition@", digest));
}
writeFileSync(join(outdir, "package.json"), '{ "type": "commonjs" }\n');
