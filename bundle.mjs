// Bundles the action, its post step and the command line into dist/, or into the folder after `--outdir`:
// CommonJS, which starts sooner than ESM, with chunks that load when they are needed.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

/**
 * Native add-ons of ssh2 only make it faster; undici only serves proxies that the toolkit's clients tunnel by themselves;
 * `buffers` has no licence, and what reads archives never calls it.
 */
const withoutNatives = {
  name: "without-natives",
  setup(builder) {
    builder.onResolve({ filter: /^cpu-features$|\.node$/ }, ({ path }) => ({ path, namespace: "absent" }));
    builder.onResolve({ filter: /^buffers$/ }, ({ path }) => ({ path, namespace: "uncalled" }));
    builder.onResolve({ filter: /^undici$/ }, ({ path }) => ({ path, namespace: "undici" }));
    builder.onLoad({ filter: /.*/, namespace: "absent" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not part of this bundle`)});`,
    }));
    builder.onLoad({ filter: /.*/, namespace: "uncalled" }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error(${JSON.stringify(`${path} is not part of this bundle`)}); };`,
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
  entryPoints: {
    cli: "src/cli/main.ts",
    quickstart: "src/cli/quickstart.ts",
    action: "src/action/main.ts",
    post: "src/action/post.ts",
  },
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
  define: {
    __PACKAGE_VERSION__: JSON.stringify(version),
    __EDITION__: JSON.stringify("@edition@"),
    "import.meta.url": "__moduleUrl",
  },
  plugins: [withoutNatives],
  logLevel: "warning",
});

/**
 * Chunks by what they hold instead of by a hash, so that a change of their text is no change of their names: each input
 * stands in one chunk only, so its first one names it.
 */
function stableNames() {
  const names = new Map();
  for (const [output, { inputs, entryPoint }] of Object.entries(metafile.outputs)) {
    if (!output.includes("chunks/")) {
      continue;
    }
    const [first] = Object.keys(inputs).sort();
    // What is loaded later but also stands in a shared chunk has a chunk without text of its own; the bundler's own has nothing.
    const held = first ?? (entryPoint === undefined ? "bundle" : `${entryPoint}-entry`);
    const words = held.replace(/^(src|node_modules)\//, "").replace(/\.ts|\.m?js/, "");
    names.set(basename(output), `${words.replace(/[^\w]+/g, "-").replace(/^-/, "")}.js`);
  }
  return names;
}

/** The outputs under their stable names, wherever one names another. */
function renamed() {
  const names = stableNames();
  const taken = new Set(names.values());
  if (taken.size !== names.size) {
    throw new Error("Two chunks have one name");
  }
  const hashed = /[\w.-]+-[0-9A-Z]{8}\.js/g;
  return outputFiles
    .map(({ path, text }) => ({
      path: join(dirname(path), names.get(basename(path)) ?? basename(path)),
      inputs: Object.keys(metafile.outputs[relative(root, path).replaceAll("\\", "/")].inputs),
      text: text.replace(hashed, (name) => names.get(name) ?? name),
    }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** What Node warns about on the log of whoever uses a library that is older than the warning. Texts are all that it gets but for one size. */
const OLD_BUFFER = /\bnew Buffer\((?:(\d+)\))?/g;

/** Chunks can only be made as ESM. What they import later they then `require` later. */
async function commonJs({ path, text: given, inputs }) {
  const text = given.replace(OLD_BUFFER, (_, size) => (size === undefined ? "Buffer.from(" : `Buffer.alloc(${size})`));
  const isLibrary = inputs.every((input) => /node_modules\/|^(undici|absent|uncalled):/.test(input));
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

const files = await Promise.all(renamed().map(commonJs));
const chunks = files.filter(({ path }) => dirname(path) !== outdir);
const edition = createHash("sha256");
for (const { code } of chunks) {
  edition.update(code);
}
const digest = edition.digest("hex");

// Only now, when everything could be built, the old chunks make room for the new ones. What `npm run generate` wrote stays.
rmSync(join(outdir, "chunks"), { recursive: true, force: true });
for (const { path, code } of files) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code.replace("@edition@", digest));
}
writeFileSync(join(outdir, "package.json"), '{ "type": "commonjs" }\n');

/** What a bundle may hold without a question to its users. */
const PERMISSIVE = [
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
  "Unlicense",
  "X11",
  "AND",
  "OR",
];

/** The packages of which something was bundled, each with the text that its licence wants to be handed on. */
function licences() {
  const folders = new Set(
    Object.keys(metafile.inputs).flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  );
  return [...folders].sort().map((folder) => {
    const { name, version, license, licenses, author } = JSON.parse(
      readFileSync(join(root, folder, "package.json"), "utf8"),
    );
    const said = license ?? licenses?.map(({ type }) => type).join(" OR ");
    const isPermissive = said?.match(/[\w.-]+/g)?.every((word) => PERMISSIVE.includes(word)) ?? false;
    if (!isPermissive) {
      throw new Error(`${name} may not be bundled: its licence is ${said ?? "not stated"}`);
    }
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
    const text =
      file === undefined
        ? `Licence: ${said}\nAuthor: ${author?.name ?? author ?? "the contributors"}`
        : readFileSync(join(root, folder, file), "utf8").trim();
    return `${name} ${version}\n\n${text}\n`;
  });
}

writeFileSync(join(outdir, "licenses.txt"), licences().join(`\n${"-".repeat(80)}\n\n`));
