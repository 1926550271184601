// The composition root: every registry, as one catalog.
import * as builders from "./builder/registry.ts";
import * as communicators from "./communicator/registry.ts";
import * as dataSources from "./datasource/registry.ts";
import { addPlugins } from "./plugin/plugin-catalog.ts";
import type { PluginSurroundings } from "./plugin/plugin-finder.ts";
import * as postProcessors from "./post-processor/registry.ts";
import * as provisioners from "./provisioner/registry.ts";
import type { Builder } from "./sdk/builder.ts";
import { type Catalog, type LoadedCatalog, makeRegistry, type RequiredPlugin } from "./sdk/catalog.ts";
import type { CommunicatorKind } from "./sdk/communicator-kind.ts";
import type { DataSource } from "./sdk/datasource.ts";
import type { PostProcessor } from "./sdk/post-processor.ts";
import type { Provisioner } from "./sdk/provisioner.ts";

/** Everything that is native, and behind it what the plugins have that are installed. */
export function createWholeCatalog(required: readonly RequiredPlugin[], surroundings: PluginSurroundings): Catalog {
  return addPlugins(createCatalog(), required, surroundings);
}

/** Everything that is native. */
export function createCatalog(): LoadedCatalog {
  return Object.freeze({
    builders: makeRegistry(Object.values<Builder>(builders as Record<string, Builder>)),
    provisioners: makeRegistry(Object.values<Provisioner>(provisioners as Record<string, Provisioner>)),
    postProcessors: makeRegistry(Object.values<PostProcessor>(postProcessors as Record<string, PostProcessor>)),
    dataSources: makeRegistry(Object.values<DataSource>(dataSources as Record<string, DataSource>)),
    communicators: makeRegistry(Object.values<CommunicatorKind>(communicators as Record<string, CommunicatorKind>)),
  });
}
