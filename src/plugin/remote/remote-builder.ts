// A plugin's builder as ours.
import { failure } from "../../diagnostic/build-error.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import { type Builder, type BuildRun, defineBuilder } from "../../sdk/builder.ts";
import type { RunningPlugin } from "../process.ts";
import { RpcFault, type RpcService, readField, readText, serveCalls } from "../wire/rpc.ts";
import type { ConfigSpec } from "../wire/spec/spec.ts";
import { readArtifact } from "./artifacts.ts";
import { writeConfigs } from "./configuration.ts";
import { readOptions } from "./options.ts";
import { readData, readId, readTexts } from "./plain-data.ts";
import { pluginProcess } from "./plugin-process.ts";
import { RemoteCommunicator } from "./remote-communicator.ts";
import { asFailure, type RemotePart, readSpec, tidyFault, withPlugin } from "./remote-part.ts";
import { serveUi } from "./serve-ui.ts";

/** Asks the plugin what the builder can be told, and makes a builder of it. */
export async function remoteBuilder(part: RemotePart): Promise<Builder> {
  const spec = await readSpec(part, "Builder");
  const kind = pluginProcess(part);
  return defineBuilder({
    type: part.type,
    summary: `The builder ${part.type} of the plugin ${part.title}.`,
    options: readOptions(spec),
    communicators: [],
    connectsItself: true,
    resources: [kind],
    prepare: (_config, context) =>
      withPlugin(part, async (plugin) => {
        const answer = await configure(plugin, spec, context);
        context.generates(...readTexts(readField(answer, "GeneratedVars")));
        for (const warning of readTexts(readField(answer, "Warnings"))) {
          context.warn("", warning);
        }
        const fault = readText(readField(readField(answer, "Error"), "Message"));
        if (fault !== "") {
          context.problem("", tidyFault(fault));
        }
      }),
    build: (_config, run) => build({ part, spec, kind }, run),
  }) as Builder;
}

/** A builder of a plugin, with what it says of itself. */
interface Known {
  readonly part: RemotePart;
  readonly spec: ConfigSpec;
  readonly kind: PluginProcess;
}

type PluginProcess = ReturnType<typeof pluginProcess>;

async function build({ part, spec, kind }: Known, run: BuildRun<PluginProcess>): Promise<Artifact | undefined> {
  const plugin = await run.acquire(kind, { plugin: part.title, component: part.type });
  let keeps = false;
  try {
    const answer = await configure(plugin, spec, run);
    const fault = readText(readField(readField(answer, "Error"), "Message"));
    if (fault !== "") {
      throw failure("template", "plugin/failed", tidyFault(fault));
    }
    const id = await runBuilder(plugin, run);
    if (id === 0) {
      return undefined;
    }
    const artifact = await readArtifact(await plugin.dial(id), () => plugin.close());
    run.keep(plugin);
    keeps = true;
    return artifact;
  } finally {
    if (!keeps) {
      await plugin.close();
    }
  }
}

function configure(
  plugin: RunningPlugin,
  spec: ConfigSpec,
  context: Pick<BuildRun, "rawConfig" | "build" | "settings">,
): Promise<unknown> {
  return plugin.ask("Builder.Prepare", { Configs: writeConfigs(spec, context.rawConfig, context) });
}

/** Runs the builder to its end; gives the number of its artifact, 0 when there is none. */
async function runBuilder(plugin: RunningPlugin, run: BuildRun<PluginProcess>): Promise<number> {
  const id = plugin.broker.nextId();
  const state: HookState = { thrown: undefined };
  const hook = serveHook(plugin, run, state);
  const ui = serveUi(run.ui);
  let hasBegun = false;
  const serving = plugin.broker.accept(id).then((stream) => {
    hasBegun = true;
    return serveCalls(stream, (name) => (name === "Hook" ? hook : ui(name)));
  });
  serving.catch(() => {});
  const stop = () => {
    // Before it has begun, a builder does not survive being cancelled.
    if (hasBegun) {
      plugin.call("Builder.Cancel").catch(() => {});
    } else {
      void plugin.close();
    }
  };
  run.signal.addEventListener("abort", stop, { once: true });
  try {
    const answer = await plugin.call("Builder.Run", id);
    run.signal.throwIfAborted();
    return readId(answer);
  } catch (thrown) {
    run.signal.throwIfAborted();
    throw explainFault(thrown, state);
  } finally {
    run.signal.removeEventListener("abort", stop);
  }
}

interface HookState {
  /** What our own provisioners failed with: the plugin only hands its text back. */
  thrown: unknown;
}

function serveHook(plugin: RunningPlugin, run: BuildRun<PluginProcess>, state: HookState): RpcService {
  return {
    Run: async (wanted) => {
      // What is to be done after a failed provisioner is decided and done here.
      if (readText(readField(wanted, "Name")) !== "packer_provision") {
        return null;
      }
      const data = readData(readField(wanted, "Data"));
      run.publish(data);
      const client = await plugin.dial(readId(readField(wanted, "StreamId")));
      try {
        await run.provision(new RemoteCommunicator({ broker: plugin.broker, client, generated: data }));
        return null;
      } catch (thrown) {
        state.thrown = thrown;
        throw thrown;
      } finally {
        client.close();
      }
    },
    Cancel: () => null,
  };
}

function explainFault(thrown: unknown, state: HookState): unknown {
  return thrown instanceof RpcFault && state.thrown !== undefined ? state.thrown : asFailure(thrown, "environment");
}
