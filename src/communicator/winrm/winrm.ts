// Connects to Windows machines over WinRM: https://developer.hashicorp.com/packer/docs/communicators/winrm
import { failure } from "../../diagnostic/build-error.ts";
import { defineCommunicator } from "../../sdk/communicator-kind.ts";
import { answers } from "./answers.ts";
import { winrmOptions } from "./winrm-options.ts";

/** The WinRM communicator. Unlike Packer's it seals NTLM messages, so machines that refuse unencrypted ones can be reached. */
export const winrm = defineCommunicator({
  type: "winrm",
  summary: "Runs commands and moves files on Windows machines over Windows Remote Management.",
  options: winrmOptions,
  ...answers,

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
    const [{ waitForWinrm }, { formatWsmanUrl }] = await Promise.all([
      import("./waiting.ts"),
      import("../../driver/winrm/endpoint.ts"),
    ]);
    return waitForWinrm(run, {
      target,
      timeout: config.winrm_timeout,
      async access() {
        const password = (await answers.password(config, target)) ?? "";
        if (password !== "") {
          run.hide(password);
        }
        return { username: answers.user(config, target) ?? "", password };
      },
      ntlm: config.winrm_use_ntlm,
      async endpoint() {
        const host = (await answers.host(config, target)) ?? reportUnknownAddress();
        const port = await answers.port(config, target);
        const endpoint = { host, port, tls: tls ? { insecure } : undefined, dial: target.dial?.bind(target) };
        if (config.winrm_no_proxy || endpoint.dial !== undefined) {
          return endpoint;
        }
        return { ...endpoint, proxy: await run.host.network.proxyFor(new URL(formatWsmanUrl(endpoint))) };
      },
    });
  },
});

function reportUnknownAddress(): never {
  throw failure("template", "communicator/winrm-option", "The address of the machine is not known", {
    detail: "This builder does not find it out by itself.",
    hint: "Set winrm_host.",
  });
}
