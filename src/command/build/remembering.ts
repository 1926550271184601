// A template is evaluated twice when it is to be compared, but nobody outside is asked twice.
import type { Catalog, LoadCatalog } from "../../sdk/catalog.ts";
import type { DataSource } from "../../sdk/datasource.ts";
import type { Lookups } from "../../template/engine/scope.ts";
import type { CommandContext } from "../command.ts";

/** The same context, which remembers what was read from standard input, looked up, and fetched by data sources. */
export function rememberAnswers(context: CommandContext): CommandContext {
  const remember = openMemory();
  const stdin = (): Promise<Uint8Array> => remember("stdin", context.readStdin);
  const catalog: LoadCatalog = (required) =>
    remember(JSON.stringify(["catalog", required]), async () => withMemory(await context.catalog(required), remember));
  return {
    ...context,
    catalog,
    lookups: context.lookups && addMemory(context.lookups, remember),
    readStdin: stdin,
  };
}

type Remember = <T>(key: string, ask: () => Promise<T>) => Promise<T>;

function openMemory(): Remember {
  const known = new Map<string, Promise<unknown>>();
  return <T>(key: string, ask: () => Promise<T>) => {
    const answer = known.get(key) ?? ask();
    known.set(key, answer);
    return answer as Promise<T>;
  };
}

function addMemory(lookups: Lookups, remember: Remember): Lookups {
  const key = (...parts: readonly (string | undefined)[]): string => JSON.stringify(["lookup", ...parts]);
  return {
    vault: (path, name) => remember(key("vault", path, name), () => lookups.vault(path, name)),
    consul_key: (path) => remember(key("consul", path), () => lookups.consul_key(path)),
    aws_secretsmanager: (name, one) => remember(key("aws", name, one), () => lookups.aws_secretsmanager(name, one)),
    aws_secretsmanager_raw: (name) => remember(key("aws-raw", name), () => lookups.aws_secretsmanager_raw(name)),
  };
}

function withMemory(catalog: Catalog, remember: Remember): Catalog {
  const { dataSources } = catalog;
  const get = async (type: string): Promise<DataSource | undefined> => {
    const source = await dataSources.get(type);
    return source && withSourceMemory(source, remember);
  };
  return { ...catalog, dataSources: { get, types: () => dataSources.types() } };
}

function withSourceMemory(source: DataSource, remember: Remember): DataSource {
  return {
    ...source,
    read: (config, run) => remember(JSON.stringify(["data", source.type, config]), () => source.read(config, run)),
  };
}
