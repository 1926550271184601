// The clients for values that templates look up outside, each loaded when it is first needed.
import type { Host } from "./host/host.ts";
import type { Lookups } from "./template/engine/scope.ts";

/** Values from outside that templates may ask for in their variables; each client is loaded when it is first needed. */
export function createLookups(host: Host, signal: AbortSignal): Lookups {
  const secret = async (name: string, key: string | undefined, raw: boolean): Promise<string> => {
    const { fetchAwsSecret } = await import("./driver/aws-secrets/aws-secrets.ts");
    return fetchAwsSecret(host, { name, raw, key }, signal);
  };
  return {
    vault: async (path, key) => (await import("./driver/vault/vault.ts")).fetchVaultSecret(host, path, key, signal),
    consul_key: async (path) => (await import("./driver/consul/consul.ts")).fetchConsulValue(host, path, signal),
    aws_secretsmanager: (name, key) => secret(name, key, false),
    aws_secretsmanager_raw: (name) => secret(name, undefined, true),
  };
}
