// Recipes of templates that a test writes into a folder.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createCatalog } from "../../src/catalog.ts";
import { gatherRecipeFacts } from "../../src/command/recipe-facts.ts";
import { Secrets } from "../../src/core/secrets.ts";
import { nodeHost } from "../../src/host/node.ts";
import type { BuildRecipe } from "../../src/recipe/recipe.ts";
import { writeRecipe } from "../../src/recipe/recipe.ts";
import { freezeTime } from "../../src/recipe/timeless.ts";
import { loadTemplate } from "../../src/template/load.ts";

/** A folder of its own with some files. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-recipe-"));
  writeFiles(folder, files);
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

export const TEST_SALT = new Uint8Array(16).fill(7);

/** The recipes of all builds of a template, evaluated by the real clock and dice unless it is told to be timeless. */
export async function recipesOf(
  folder: string,
  template: string,
  {
    vars = {},
    salt = TEST_SALT,
    now = Date.now(),
  }: {
    vars?: Readonly<Record<string, string>> | undefined;
    salt?: Uint8Array | undefined;
    now?: number | undefined;
  } = {},
): Promise<readonly BuildRecipe[]> {
  const secrets = new Secrets();
  const real = { host: { ...nodeHost(), cwd: folder }, startedAt: now };
  const { host, startedAt } = freezeTime(real);
  const refuse = async (): Promise<never> => {
    throw new Error("A test has nobody to ask");
  };
  const loaded = await loadTemplate({
    path: join(folder, template),
    host,
    catalog: async () => createCatalog(),
    lookups: { vault: refuse, consul_key: refuse, aws_secretsmanager: refuse, aws_secretsmanager_raw: refuse },
    readStdin: async () => new Uint8Array(),
    varFiles: [],
    vars: Object.entries(vars),
    packerVersion: "1.16.0",
    startedAt,
    hide: (secret) => secrets.register(secret),
  });
  const settings = { force: false, debug: false, onError: "cleanup" as const };
  const { plan, diagnostics } = await loaded.plan({
    only: [],
    except: [],
    settings,
    signal: new AbortController().signal,
  });
  const errors = [...loaded.diagnostics, ...diagnostics].filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    throw new Error(JSON.stringify(errors));
  }
  const facts = gatherRecipeFacts({ host: { ...real.host, cwd: folder }, secrets }, { salt });
  return Promise.all(plan.builds.map((build) => writeRecipe(build, facts)));
}
