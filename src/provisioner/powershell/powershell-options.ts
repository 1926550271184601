// The options of provisioner "powershell".
import { option } from "../../sdk/option.ts";
import { elevatedTaskStep } from "../../step/elevated-task.ts";
import { windowsScriptStep } from "../../step/windows-script.ts";

const POLICIES = [
  "bypass",
  "allsigned",
  "default",
  "remotesigned",
  "restricted",
  "undefined",
  "unrestricted",
  "none",
] as const;

export const powershellOptions = Object.freeze({
  ...windowsScriptStep.options,
  binary: option.bool({
    default: false,
    description: "Accepted as other provisioners have it: PowerShell scripts are always uploaded byte by byte.",
  }),
  env_var_format: option.string({
    default: '$env:%s="%s"; ',
    description: "How each environment variable is written: the two `%s` stand for name and value.",
  }),
  elevated_env_var_format: option.string({
    default: '$env:%s="%s"; ',
    description: "How each environment variable is written for elevated scripts.",
  }),
  remote_path: option.string({
    description:
      "Where scripts are uploaded to. Unless set, it is `c:/Windows/Temp/script-UUID.ps1`. With a `/` at its end it names a folder, and a script keeps its name.",
  }),
  remote_env_var_path: option.string({
    description:
      "Where the environment variables are uploaded to. Unless set, it is `c:/Windows/Temp/packer-ps-env-vars-UUID.ps1`.",
  }),
  execution_policy: option.string({
    default: "bypass",
    oneOf: POLICIES,
    description:
      "PowerShell's execution policy for the scripts. `none` leaves the `powershell` in front of the command away.",
  }),
  execute_command: option.string({
    description:
      "The command that runs a script. `{{.Path}}` is the uploaded script, `{{.Vars}}` the uploaded file with the environment variables. Unless set, scripts run in a PowerShell that reads the variables first, and inline scripts with `powershell -executionpolicy bypass -file {{.Path}}`.",
    renderedLate: true,
    takesBuildData: true,
    templateData: ["Path", "Vars"],
    example: "powershell -executionpolicy bypass \"& { . {{.Vars}}; &'{{.Path}}'; exit $LastExitCode }\"",
  }),
  elevated_execute_command: option.string({
    description: "The command that runs a script as `elevated_user`. Unless set, it is that of `execute_command`.",
    renderedLate: true,
    takesBuildData: true,
    templateData: ["Path", "Vars"],
  }),
  ...elevatedTaskStep.options,
  use_pwsh: option.bool({
    default: false,
    description: "Run the scripts with PowerShell Core (`pwsh`) instead of Windows PowerShell.",
  }),
  debug_mode: option.number({
    default: 0,
    min: 0,
    max: 2,
    description:
      "Trace the scripts with `Set-PsDebug -Trace`: 1 prints every line that runs, 2 also variables and calls.",
  }),
  skip_clean: option.bool({ default: false, description: "Leave the uploaded scripts on the machine." }),
  pause_after: option.duration({ default: "0s", description: "How long to wait after the last script." }),
});
