// A plugin's post-processor as ours.
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import { definePostProcessor, type PostProcessed, type PostProcessor } from "../../sdk/post-processor.ts";
import type { Run } from "../../sdk/run.ts";
import { type RunningPlugin, startPlugin } from "../process.ts";
import { RpcFault, readField, readText, serveCalls } from "../wire/rpc.ts";
import type { ConfigSpec } from "../wire/spec/spec.ts";
import { readArtifact, serveArtifact } from "./artifacts.ts";
import { writeConfigs } from "./configuration.ts";
import { readOptions } from "./options.ts";
import { readId } from "./plain-data.ts";
import { asFailure, type RemotePart, readSpec, tidyFault, withPlugin } from "./remote-part.ts";
import { serveUi } from "./serve-ui.ts";

/** Asks the plugin what the post-processor can be told, and makes a post-processor of it. */
export async function remotePostProcessor(part: RemotePart): Promise<PostProcessor> {
  const spec = await readSpec(part, "PostProcessor");
  return definePostProcessor({
    type: part.type,
    summary: `The post-processor ${part.type} of the plugin ${part.title}.`,
    options: readOptions(spec),
    prepare: (_config, context) =>
      withPlugin(part, async (plugin) => {
        try {
          await plugin.ask("PostProcessor.Configure", { Configs: writeConfigs(spec, context.rawConfig, context) });
        } catch (thrown) {
          if (!(thrown instanceof RpcFault)) {
            throw thrown;
          }
          context.problem("", tidyFault(readMessage(thrown)));
        }
      }),
    postProcess: (_config, input, run) => postProcess(part, spec, input, run),
  }) as PostProcessor;
}

async function postProcess(part: RemotePart, spec: ConfigSpec, input: Artifact, run: Run): Promise<PostProcessed> {
  const plugin = await startPlugin(part, { ...part.world, signal: run.signal });
  let keeps = false;
  const stop = () => void plugin.call("PostProcessor.Cancel").catch(() => {});
  run.signal.addEventListener("abort", stop, { once: true });
  try {
    await plugin.ask("PostProcessor.Configure", { Configs: writeConfigs(spec, run.rawConfig, run) });
    const answer = await runPostProcessor(plugin, input, run);
    run.signal.throwIfAborted();
    const keep = decideInput(answer);
    const id = readId(readField(answer, "StreamId"));
    if (id === 0) {
      return { artifact: undefined, input: keep };
    }
    const artifact = await readArtifact(await plugin.dial(id), () => plugin.close());
    keeps = true;
    return { artifact, input: keep };
  } catch (thrown) {
    run.signal.throwIfAborted();
    throw asFailure(thrown, "environment");
  } finally {
    run.signal.removeEventListener("abort", stop);
    if (!keeps) {
      await plugin.close();
    }
  }
}

async function runPostProcessor(plugin: RunningPlugin, input: Artifact, run: Run): Promise<unknown> {
  const id = plugin.broker.nextId();
  const artifact = serveArtifact(input);
  const ui = serveUi(run.ui);
  // It goes on being served when the call is over: what comes back may be the input itself.
  plugin.broker
    .accept(id)
    .then((stream) => serveCalls(stream, (name) => (name === "Artifact" ? artifact : ui(name))))
    .catch(() => {});
  const answer = await plugin.call("PostProcessor.PostProcess", id);
  const fault = readText(readField(readField(answer, "Err"), "Message"));
  if (fault !== "") {
    throw failure("environment", "plugin/failed", tidyFault(fault));
  }
  return answer;
}

function decideInput(answer: unknown): PostProcessed["input"] {
  if (readField(answer, "Keep") !== true) {
    return "discard";
  }
  return readField(answer, "ForceOverride") === true ? "must-keep" : "keep";
}
