// Everything that installed plugins add to what is native. Nothing is looked at before a template names what is not native.
import type { Catalog, Doubt, Registry, RequiredPlugin } from "../sdk/catalog.ts";
import type { Component } from "../sdk/component.ts";
import type { PluginFinder, PluginSurroundings } from "./plugin-finder.ts";
import type { PluginPart } from "./process.ts";
import type { RemotePart } from "./remote/remote-part.ts";

/** The native catalog with installed plugins behind it. */
export function addPlugins(
  native: Catalog,
  required: readonly RequiredPlugin[],
  surroundings: PluginSurroundings,
): Catalog {
  const comesFirst = (type: string): boolean =>
    surroundings.use === "as-declared" && required.some(({ name }) => type === name || type.startsWith(`${name}-`));
  let finder: Promise<PluginFinder> | undefined;
  let known: PluginFinder | undefined;
  const extend = <C extends Component>(registry: Registry<C>, get: (type: string) => Promise<C | undefined>) =>
    extendRegistry(registry, { find: get, listDoubts, comesFirst });
  const find = async (kind: PluginPart["kind"], type: string): Promise<RemotePart | undefined> => {
    finder ??= import("./plugin-finder.ts").then((module) => new module.PluginFinder(required, surroundings));
    known = await finder;
    return known.find(kind, type);
  };
  const listDoubts = (type: string): readonly Doubt[] => known?.listDoubts(type) ?? [];
  return {
    ...native,
    builders: extend(native.builders, async (type) => {
      const part = await find("builder", type);
      return part && (await import("./remote/remote-builder.ts")).remoteBuilder(part);
    }),
    provisioners: extend(native.provisioners, async (type) => {
      const part = await find("provisioner", type);
      return part && (await import("./remote/remote-provisioner.ts")).remoteProvisioner(part);
    }),
    postProcessors: extend(native.postProcessors, async (type) => {
      const part = await find("post-processor", type);
      return part && (await import("./remote/remote-post-processor.ts")).remotePostProcessor(part);
    }),
    dataSources: extend(native.dataSources, async (type) => {
      const part = await find("datasource", type);
      return part && (await import("./remote/remote-datasource.ts")).remoteDataSource(part);
    }),
  };
}

interface Extension<C extends Component> {
  find(type: string): Promise<C | undefined>;
  listDoubts(type: string): readonly Doubt[];
  /** A plugin is asked before what is native. */
  comesFirst(type: string): boolean;
}

function extendRegistry<C extends Component>(native: Registry<C>, extension: Extension<C>): Registry<C> {
  const { find, listDoubts, comesFirst } = extension;
  const asked = new Map<string, Promise<C | undefined>>();
  const ask = (type: string): Promise<C | undefined> => {
    const answer = asked.get(type) ?? find(type);
    asked.set(type, answer);
    return answer;
  };
  return {
    listDoubts,
    types: () => native.types(),
    get: (type) =>
      comesFirst(type) ? ask(type).then((found) => found ?? native.get(type)) : (native.get(type) ?? ask(type)),
  };
}
