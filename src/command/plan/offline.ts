// A world without the network: templates are worked out, and what would be fetched is told by its name.
import { failure } from "../../diagnostic/build-error.ts";
import type { Host, Network } from "../../host/host.ts";
import type { Lookups } from "../../template/engine/scope.ts";
import type { CommandContext } from "../command.ts";

/** The same command where nothing can be fetched. For plans only: nothing may be built in it. */
export function cutNetwork<C extends Pick<CommandContext, "host" | "lookups">>(context: C): C {
  return { ...context, host: withoutNetwork(context.host), lookups: standIns };
}

/** The same command where nothing is asked and nothing is connected to: values from outside stay unknown. */
export function withoutAnswers<C extends Pick<CommandContext, "host" | "lookups">>(context: C): C {
  return { ...context, host: withoutNetwork(context.host), lookups: undefined };
}

/** Whether a text holds something that would have been fetched. */
export function holdsStandIn(text: string): boolean {
  return /<(vault|consul|aws secret) /.test(text);
}

/** What would be looked up is told by its name, so that another name is a difference. */
const standIns: Lookups = {
  vault: async (path, key) => `<vault ${path} ${key}>`,
  consul_key: async (path) => `<consul ${path}>`,
  aws_secretsmanager: async (name, key) => `<aws secret ${name} ${key ?? ""}>`,
  aws_secretsmanager_raw: async (name) => `<aws secret ${name}>`,
};

function withoutNetwork(host: Host): Host {
  const refuse = async (): Promise<never> => {
    throw failure("network", "plan/no-network", "A template is looked at without the network");
  };
  const http = { fetch: refuse, proxyFor: refuse, tunnel: refuse };
  const network: Network = {
    resolve: refuse,
    connect: refuse,
    secure: refuse,
    listen: refuse,
    interfaces: refuse,
    ...http,
  };
  return { ...host, network };
}
