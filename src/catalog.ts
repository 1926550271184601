// The composition root: every registry, as one catalog.
import * as builders from "./builder/registry.ts";
import * as communicators from "./communicator/registry.ts";
import * as dataSources from "./datasource/registry.ts";
import type { Host } from "./host/host.ts";
import * as postProcessors from "./post-processor/registry.ts";
import * as provisioners from "./provisioner/registry.ts";
import type { Builder } from "./sdk/builder.ts";
import { type Catalog, registryOf } from "./sdk/catalog.ts";
import type { CommunicatorKind } from "./sdk/communicator.ts";
import type { DataSource } from "./sdk/datasource.ts";
import type { PostProcessor } from "./sdk/post-processor.ts";
import type { Provisioner } from "./sdk/provisioner.ts";
import type { Lookups } from "./template/engine/scope.ts";

/** Everything that templates can name. */
export function createCatalog(): Catalog {
  return Object.freeze({
    builders: registryOf(Object.values<Builder>(builders as Record<string, Builder>)),
    provisioners: registryOf(Object.values<Provisioner>(provisioners as Record<string, Provisioner>)),
    postProcessors: registryOf(Object.values<PostProcessor>(postProcessors as Record<string, PostProcessor>)),
    dataSources: registryOf(Object.values<DataSource>(dataSources as Record<string, DataSource>)),
    communicators: registryOf(Object.values<CommunicatorKind>(communicators as Record<string, CommunicatorKind>)),
  });
}

/** Values from outside that templates may ask for in their variables; each client is loaded when it is first needed. */
export function createLookups(host: Host, signal: AbortSignal): Lookups {
  const secret = async (name: string, key: string | undefined, raw: boolean): Promise<string> => {
    const { awsSecret } = await import("./driver/aws-secrets/aws-secrets.ts");
    return awsSecret(host, { name, raw, ...(key === undefined ? {} : { key }) }, signal);
  };
  return {
    vault: async (path, key) => (await import("./driver/vault/vault.ts")).vaultSecret(host, path, key, signal),
    consul_key: async (path) => (await import("./driver/consul/consul.ts")).consulValue(host, path, signal),
    aws_secretsmanager: (name, key) => secret(name, key, false),
    aws_secretsmanager_raw: (name) => secret(name, undefined, true),
  };
}
