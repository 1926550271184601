// Provisioner "windows-restart": restarts a Windows machine and waits for it (https://developer.hashicorp.com/packer/docs/provisioners/windows-restart).
import { failure } from "../../diagnostic/build-error.ts";
import { type ConfigOf, option } from "../../sdk/option.ts";
import { defineProvisioner, type ProvisionRun } from "../../sdk/provisioner.ts";
import { type RestartWait, waitUntilDown, waitUntilUp } from "./restart-wait.ts";

const SERVICING = "Microsoft\\Windows\\CurrentVersion\\Component Based Servicing";

const options = Object.freeze({
  restart_command: option.string({
    default: 'shutdown /r /f /t 0 /c "packer restart"',
    description: "The command that restarts the machine.",
  }),
  restart_check_command: option.string({
    description: "A command that must succeed once after the restart, before the machine is asked whether it is back.",
    example: 'powershell -command "& {Write-Output restarted.}"',
  }),
  restart_timeout: option.duration({ default: "5m", description: "How long to wait for the machine to restart." }),
  check_registry: option.bool({
    default: false,
    description: "Also wait until Windows has no more restarts or packages pending, as after updates.",
  }),
  registry_keys: option.strings({
    default: [
      `HKLM:SOFTWARE\\${SERVICING}\\RebootPending`,
      `HKLM:SOFTWARE\\${SERVICING}\\PackagesPending`,
      `HKLM:Software\\${SERVICING}\\RebootInProgress`,
    ],
    description: "The registry keys that must be gone, with `check_registry`.",
  }),
});

/** Exit codes of `shutdown` that mean the machine is restarting: done, already under way, already scheduled. */
const RESTARTING: readonly number[] = [0, 1115, 1190];

/** Restarts a Windows machine and waits until it takes commands again. */
export const windowsRestart = defineProvisioner({
  type: "windows-restart",
  summary: "Restarts a Windows machine and waits until it takes commands again.",
  needsConnection: true,
  options,

  async provision(config, run) {
    const deadline = run.host.clock.elapsed() + config.restart_timeout;
    run.ui.say("Restarting Machine");
    await startRestart(config, run);
    run.ui.say("Waiting for machine to restart...");
    const wait: RestartWait = {
      run,
      deadline,
      checkCommand: config.restart_check_command,
      keys: config.check_registry ? config.registry_keys : [],
    };
    await waitUntilDown(wait);
    await waitUntilUp(wait);
    run.ui.say("Machine successfully restarted, moving on");
  },
});

async function startRestart(config: ConfigOf<typeof options>, run: ProvisionRun): Promise<void> {
  const end = await run.retry(config.restart_timeout, () => run.execute(run.communicator, config.restart_command));
  // Unlike Packer: a machine that goes down before its answer arrives does what it was told.
  if (end.end === "disconnected" || RESTARTING.includes(end.code)) {
    return;
  }
  throw failure(
    "provisioner",
    "provisioner/exit-status",
    `Restart script exited with non-zero exit status: ${end.code}`,
  );
}
