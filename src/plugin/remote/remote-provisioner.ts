// A plugin's provisioner as ours.

import { readMessage } from "../../diagnostic/build-error.ts";
import { defineProvisioner, type Provisioner, type ProvisionRun } from "../../sdk/provisioner.ts";
import type { RunningPlugin } from "../process.ts";
import { RpcFault, serveCalls } from "../wire/rpc.ts";
import type { ConfigSpec } from "../wire/spec/spec.ts";
import { writeConfigs } from "./configuration.ts";
import { readOptions } from "./options.ts";
import { asFailure, type RemotePart, readSpec, tidyFault, withPlugin } from "./remote-part.ts";
import { serveCommunicator } from "./serve-communicator.ts";
import { serveUi } from "./serve-ui.ts";

/** Asks the plugin what the provisioner can be told, and makes a provisioner of it. */
export async function remoteProvisioner(part: RemotePart): Promise<Provisioner> {
  const spec = await readSpec(part, "Provisioner");
  return defineProvisioner({
    type: part.type,
    summary: `The provisioner ${part.type} of the plugin ${part.title}.`,
    options: readOptions(spec),
    prepare: (_config, context) =>
      withPlugin(part, async (plugin) => {
        try {
          await plugin.ask("Provisioner.Prepare", { Configs: writeConfigs(spec, context.rawConfig, context) });
        } catch (thrown) {
          if (!(thrown instanceof RpcFault)) {
            throw thrown;
          }
          context.problem("", tidyFault(readMessage(thrown)));
        }
      }),
    provision: (_config, run) => withPlugin(part, (plugin) => provision(plugin, spec, run)),
  }) as Provisioner;
}

async function provision(plugin: RunningPlugin, spec: ConfigSpec, run: ProvisionRun): Promise<void> {
  const { host, signal } = run;
  const id = plugin.broker.nextId();
  const communicator = serveCommunicator(run.communicator, plugin.broker, { clock: host.clock, signal });
  const ui = serveUi(run.ui);
  let hasBegun = false;
  const stop = () => {
    // Before it has begun, a provisioner does not survive being cancelled.
    void (hasBegun ? plugin.call("Provisioner.Cancel").catch(() => {}) : plugin.close());
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    await plugin.ask("Provisioner.Prepare", { Configs: writeConfigs(spec, run.rawConfig, run) });
    plugin.broker
      .accept(id)
      .then((stream) => {
        hasBegun = true;
        return serveCalls(stream, (name) => (name === "Communicator" ? communicator : ui(name)));
      })
      .catch(() => {});
    await plugin.call("Provisioner.Provision", { GeneratedData: { ...run.generated }, StreamID: id });
    signal.throwIfAborted();
  } catch (thrown) {
    signal.throwIfAborted();
    throw asFailure(thrown, "provisioner");
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
