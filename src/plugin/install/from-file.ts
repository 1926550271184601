// Installs a plugin from a file: one that was built here, or fetched by other means.
import { chmod, copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { PluginSource } from "../../sdk/plugin-source.ts";
import { describePlugin } from "../describe.ts";
import { CANONICAL } from "../installed.ts";
import { choosePlace, putInPlace } from "./install.ts";
import type { InstallWorld } from "./install-world.ts";

/** Copies it to where plugins are; gives its path there. Throws `BuildError` when it is no plugin that can be used. */
export async function installFile(file: string, source: PluginSource, world: InstallWorld): Promise<string> {
  const { version: said, api } = await describePlugin({ path: file, name: source.name, version: "?" }, world.host);
  // What is said about how it was made is of no interest here.
  const version = said.split("+")[0] ?? "";
  if (!CANONICAL.test(version) || (version.includes("-") && !version.endsWith("-dev"))) {
    throw failure("template", "plugin/file", `The plugin ${file} says that it is version "${said}"`, {
      detail: 'Only releases and versions that end in "-dev" can be installed from a file.',
    });
  }
  if (!/^x5\.0$/.test(api)) {
    throw failure("template", "plugin/protocol", `The plugin ${file} speaks protocol ${api.replace(/^x/, "")}`, {
      detail: "Protocol 5.0 is spoken here, so it could be installed and never be used.",
    });
  }
  const place = choosePlace(source, version, api, world);
  const fresh = join(place.folder, `.${place.file}.${world.host.random.uuid()}`);
  try {
    await mkdir(place.folder, { recursive: true });
    await copyFile(file, fresh);
    await chmod(fresh, 0o755);
    return await putInPlace(fresh, join(place.folder, place.file));
  } catch (thrown) {
    throw failure("environment", "plugin/file", `The plugin ${file} could not be copied`, {
      detail: `${readMessage(thrown)}.`,
      cause: thrown,
    });
  } finally {
    await rm(fresh, { force: true });
  }
}
