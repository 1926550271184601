// Removes installed plugins.
import { rm } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import { type InstalledPlugin, listInstalled, selectRequired } from "../installed.ts";
import type { InstallWorld } from "./install-world.ts";

/** Removes all versions of a source that fit; gives their paths. */
export async function removePlugins(
  source: string,
  constraints: string,
  world: InstallWorld,
): Promise<readonly string[]> {
  const name = source.split("/").at(-1) ?? "";
  const fitting = selectRequired(await listInstalled(world.host), { name, source, version: constraints });
  if (fitting.length === 0) {
    const what = `${source}${constraints === "" ? "" : ` ${constraints}`}`;
    throw failure(
      "template",
      "plugin/not-installed",
      `No installed plugin found matching the plugin constraints ${what}`,
      {
        hint: "packer-ts plugins installed lists what there is.",
      },
    );
  }
  return removeAll(fitting);
}

/** Removes one plugin by its path, which must be one of those that are installed. */
export async function removePluginFile(path: string, world: InstallWorld): Promise<readonly string[]> {
  const whole = resolve(world.host.cwd, path);
  const found = (await listInstalled(world.host)).find((one) => resolve(one.path) === whole);
  if (found === undefined) {
    const isElsewhere = relative(world.root, whole).startsWith("..");
    throw failure("template", "plugin/not-installed", `${path} is no installed plugin`, {
      detail: isElsewhere ? `It does not lie in ${world.root}, where plugins are installed.` : undefined,
    });
  }
  return removeAll([found]);
}

async function removeAll(plugins: readonly InstalledPlugin[]): Promise<readonly string[]> {
  for (const { path } of plugins) {
    await rm(path, { force: true });
    await rm(`${path}_SHA256SUM`, { force: true });
  }
  return plugins.map(({ path }) => path);
}
