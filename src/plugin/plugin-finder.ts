// Looks for components among the plugins that are installed.
import type { Host } from "../host/host.ts";
import type { RequiredPlugin } from "../sdk/catalog.ts";
import { type Description, describePlugin, findOwnName } from "./describe.ts";
import { checkSum, type InstalledPlugin, listInstalled, selectRequired } from "./installed.ts";
import type { PluginPart } from "./process.ts";
import type { RemotePart } from "./remote/remote-part.ts";

/** What plugins are started with. */
export interface PluginSurroundings {
  readonly host: Host;
  /** Told of everything that plugins say beside their work. */
  log(line: string): void;
}

/** A plugin that may have what is looked for, under the name that templates use for it. */
interface Candidate {
  readonly plugin: InstalledPlugin;
  readonly prefix: string;
}

const lists = {
  builder: "builders",
  provisioner: "provisioners",
  "post-processor": "postProcessors",
  datasource: "dataSources",
} as const satisfies Readonly<Record<PluginPart["kind"], keyof Description>>;

/** Each plugin is checked and asked once. */
export class PluginFinder {
  readonly #required: readonly RequiredPlugin[];
  readonly #surroundings: PluginSurroundings;
  readonly #asked = new Map<string, Promise<Description | undefined>>();
  #installed: Promise<readonly InstalledPlugin[]> | undefined;

  constructor(required: readonly RequiredPlugin[], surroundings: PluginSurroundings) {
    this.#required = required;
    this.#surroundings = surroundings;
  }

  /** Throws `BuildError` when a plugin that must have it cannot be used. */
  async find(kind: PluginPart["kind"], type: string): Promise<RemotePart | undefined> {
    for (const { plugin, prefix } of await this.#listCandidates(type)) {
      const description = await this.#describe(plugin);
      const name = description && findOwnName(type, prefix, description[lists[kind]]);
      if (description !== undefined && name !== undefined) {
        const { usesProtobuf } = description;
        const title = `${plugin.name} v${plugin.version}`;
        const { host, log } = this.#surroundings;
        return { path: plugin.path, title, kind, name, usesProtobuf, type, world: { host, log } };
      }
    }
    return undefined;
  }

  /** Those that the template asks for first, under the name that it gives them; then the newest of every name. */
  async #listCandidates(type: string): Promise<readonly Candidate[]> {
    this.#installed ??= listInstalled(this.#surroundings.host);
    const installed = await this.#installed;
    const fits = (prefix: string) => type === prefix || type.startsWith(`${prefix}-`);
    const asked = this.#required
      .filter(({ name }) => fits(name))
      .flatMap((one) =>
        selectRequired(installed, one)
          .toReversed()
          .map((plugin) => ({ plugin, prefix: one.name })),
      );
    const others = installed
      .filter(({ name }) => fits(name))
      .toReversed()
      .map((plugin) => ({ plugin, prefix: plugin.name }));
    return [...asked, ...others];
  }

  #describe(plugin: InstalledPlugin): Promise<Description | undefined> {
    const asked = this.#asked.get(plugin.path) ?? this.#checkAndDescribe(plugin);
    this.#asked.set(plugin.path, asked);
    return asked;
  }

  async #checkAndDescribe(plugin: InstalledPlugin): Promise<Description | undefined> {
    const { host, log } = this.#surroundings;
    const doubt = await checkSum(plugin);
    if (doubt !== undefined) {
      log(`The plugin ${plugin.path} is left aside: ${doubt}`);
      return undefined;
    }
    const description = await describePlugin(plugin, host);
    if (description.version.split("+")[0] !== plugin.version) {
      log(`The plugin ${plugin.path} is left aside: it says that it is version ${description.version}`);
      return undefined;
    }
    return description;
  }
}
