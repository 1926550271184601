// Connects to Windows machines over WinRM: https://developer.hashicorp.com/packer/docs/communicators/winrm
import { failure } from "../../diagnostic/build-error.ts";
import { type ConnectTarget, defineCommunicator } from "../../sdk/communicator-kind.ts";
import { winrmOptions } from "./winrm-options.ts";

/** The WinRM communicator. Unlike Packer's it seals NTLM messages, so machines that refuse unencrypted ones can be reached. */
export const winrm = defineCommunicator({
  type: "winrm",
  summary: "Runs commands and moves files on Windows machines over Windows Remote Management.",
  options: winrmOptions,
  host: (config) => config.winrm_host || undefined,

  prepare(config, context) {
    if (!config.winrm_username && !context.isPending("winrm_username")) {
      context.problem("winrm_username", "winrm_username must be specified.", {
        hint: "Name a user of the machine that is an administrator, such as Administrator or vagrant.",
      });
    }
    if (config.winrm_insecure && !config.winrm_use_ssl) {
      context.warn(
        "winrm_insecure",
        "winrm_insecure does nothing without winrm_use_ssl: there is no certificate to check",
      );
    }
  },

  async connect(config, target, run) {
    const { winrm_use_ssl: tls, winrm_insecure: insecure } = config;
    const password =
      target.password !== undefined && config.winrm_password === "" ? target.password : config.winrm_password;
    if (password !== "") {
      run.hide(password);
    }
    const [{ waitForWinrm }, { wsmanUrl }] = await Promise.all([
      import("./waiting.ts"),
      import("../../driver/winrm/endpoint.ts"),
    ]);
    return waitForWinrm(run, {
      timeout: config.winrm_timeout,
      access: { username: config.winrm_username || (target.username ?? ""), password },
      ntlm: config.winrm_use_ntlm,
      async endpoint() {
        const host = config.winrm_host || (await addressOf(target));
        // A builder that forwards ports knows better than the template where the machine's port can be reached.
        const port = (await target.port?.()) ?? config.winrm_port ?? (tls ? 5986 : 5985);
        const endpoint = { host, port, tls: tls ? { insecure } : undefined };
        const proxy = config.winrm_no_proxy ? undefined : await run.host.network.proxyFor(new URL(wsmanUrl(endpoint)));
        return proxy === undefined ? endpoint : { ...endpoint, proxy };
      },
    });
  },
});

async function addressOf(target: ConnectTarget): Promise<string> {
  if (target.host !== undefined) {
    return target.host();
  }
  throw failure("template", "communicator/winrm-option", "The address of the machine is not known", {
    detail: "This builder does not find it out by itself.",
    hint: "Set winrm_host.",
  });
}
