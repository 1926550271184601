// `npm start`: builds `examples/quickstart` and shows a person what the program does, whatever the machine has.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readMessage } from "../diagnostic/build-error.ts";
import type { Host, ProcessEnd } from "../host/host.ts";
import { nodeHost } from "../host/node.ts";
import { runCli } from "./run-cli.ts";

const TEMPLATE = "examples/quickstart/template.json";
/** Small, and enough for the example. */
const IMAGE = "busybox";
/** A pull must not keep a first impression waiting. */
const PULL_LIMIT = 20_000;

// Until there is an outcome there is no success: a run that nothing keeps alive ends in the middle.
process.exitCode = 1;
void runQuickstart(nodeHost()).then((code) => {
  process.exitCode = code;
});

async function runQuickstart(host: Host): Promise<number> {
  say(
    "This builds examples/quickstart: a machine is made, provisioned by scripts and a file, and its result recorded.",
  );
  const why = await explainNoDocker(host);
  if (why === undefined) {
    say(`Docker answers, so the machine is a container of the image "${IMAGE}".`);
    return build(["-only=container", "-var", `image=${IMAGE}`]);
  }
  say(`${why}, so the machine is a small SSH server inside this process, rooted in a temporary folder.`);
  return buildEmbedded(host);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function build(flags: readonly string[], password = ""): Promise<number> {
  const shown = flags
    .map((flag) => (password !== "" && flag.endsWith(password) ? "ssh_password=<sensitive>" : flag))
    .join(" ");
  say(`\n$ packer-ts build ${shown} ${TEMPLATE}\n`);
  const code = await runCli(["build", ...flags, TEMPLATE]);
  if (code === 0) {
    say("\nThe manifest of the artifact is in output-quickstart.json. Change the template and run it again.");
  }
  return code;
}

/** The reason for not using Docker; `undefined` when it can be used. */
async function explainNoDocker(host: Host): Promise<string | undefined> {
  const ask = async (...args: readonly string[]): Promise<boolean> => {
    try {
      const run = (signal: AbortSignal): Promise<ProcessEnd> => host.processes.run(["docker", ...args], { signal });
      return (await host.clock.within(PULL_LIMIT, undefined, run, () => new Error("Docker is too slow"))).code === 0;
    } catch {
      return false;
    }
  };
  if (!(await ask("version", "--format", "{{.Server.Version}}"))) {
    return "No Docker daemon answers";
  }
  if (await ask("image", "inspect", IMAGE)) {
    return undefined;
  }
  say(`Pulling the image "${IMAGE}" …`);
  return (await ask("pull", "--quiet", IMAGE))
    ? undefined
    : `A Docker daemon answers, but the image "${IMAGE}" is not there and could not be pulled`;
}

async function buildEmbedded(host: Host): Promise<number> {
  const { startEmbeddedServer } = await import("../driver/ssh/embedded-server.ts");
  const folder = await mkdtemp(join(tmpdir(), "packer-ts-quickstart-"));
  try {
    const root = join(folder, "root");
    await mkdir(root);
    const password = host.random.uuid();
    const server = await startEmbeddedServer(host, { root, password });
    try {
      return await build(
        ["-only=embedded", "-var", `ssh_port=${server.port}`, "-var", `ssh_password=${password}`],
        password,
      );
    } finally {
      await server.close();
    }
  } catch (thrown) {
    say(`The SSH machine could not be started: ${readMessage(thrown)}`);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
