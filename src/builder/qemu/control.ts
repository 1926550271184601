// What is asked of and told to QEMU itself.
import { join, resolve } from "node:path";
import { connectQmp } from "../../driver/qemu/qmp.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import { findOutputDirectory } from "../../step/output-folder.ts";
import { nameMachine, type QemuConfig } from "./facts.ts";
import { readCardAddress } from "./guest-address.ts";
import type { StartedMachine } from "./start.ts";

/** Where QEMU's control socket is to be: for the user where Packer puts it, for us alone where the path is short, as it has to be. */
export async function controlSocket(
  config: QemuConfig,
  asksForCard: boolean,
  run: BuildRun,
): Promise<string | undefined> {
  const { qmp_enable, qmp_socket_path: given, vnc_use_password } = config;
  if (qmp_enable || (given && (vnc_use_password || asksForCard))) {
    return resolve(
      run.host.cwd,
      given || join(findOutputDirectory(config, run.build), `${nameMachine(config, run.build)}.monitor`),
    );
  }
  return vnc_use_password || asksForCard ? join(await run.temporaryFolder("packer-qmp"), "socket") : undefined;
}

/** What has to be asked of or told to QEMU itself. */
export async function control(
  config: QemuConfig,
  { machine }: StartedMachine,
  { qmp: socket, asksForCard }: { readonly qmp: string | undefined; readonly asksForCard: boolean },
  run: BuildRun,
): Promise<{ password?: string | undefined; mac?: string | undefined }> {
  if (socket === undefined || !(config.vnc_use_password || asksForCard)) {
    return {};
  }
  const qmp = await connectQmp(run.host, socket, AbortSignal.any([run.signal, machine.gone]));
  try {
    const card = asksForCard ? { mac: await readCardAddress(qmp) } : {};
    if (!config.vnc_use_password) {
      return card;
    }
    const password = config.vnc_password || Buffer.from(run.host.random.bytes(4)).toString("hex");
    run.hide(password);
    await qmp.execute("change-vnc-password", { password });
    return { ...card, password };
  } finally {
    qmp.close();
  }
}
