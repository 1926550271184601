// Bundles the action, its post step and the command line into dist/, or into the folder after `--outdir`:
// ESM with chunks that load when they are needed.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

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

/** What libraries in CommonJS expect to be there; only for the chunks that hold one, since it takes time to load. */
const needsCommonJs = /\brequire\b|\b__dirname\b|\b__filename\b/;
const commonJs =
  "import{createRequire as __r}from'node:module';import{fileURLToPath as __f}from'node:url';const require=__r(import.meta.url);var __filename=__f(import.meta.url),__dirname=__f(new URL('.',import.meta.url));\n";

const [flag, folder] = process.argv.slice(2);
const outdir = flag === "--outdir" && folder !== undefined ? resolve(folder) : fileURLToPath(new URL("dist", import.meta.url));
const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: { cli: "src/cli/main.ts", quickstart: "src/cli/quickstart.ts", action: "src/action/main.ts", post: "src/action/post.ts" },
  outdir,
  write: false,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minify: true,
  keepNames: true,
  legalComments: "none",
  mainFields: ["module", "main"],
  chunkNames: "chunks/[name]-[hash]",
  define: { __PACKAGE_VERSION__: JSON.stringify(version) },
  plugins: [withoutNatives],
  logLevel: "warning",
});

// Only now, when everything could be built, the old chunks make room for the new ones. What `npm run generate` wrote stays.
rmSync(join(outdir, "chunks"), { recursive: true, force: true });
for (const { path, text } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, needsCommonJs.test(text) ? commonJs + text : text);
}
