// The options of provisioner "shell".
import { option } from "../../sdk/option.ts";
import { remoteScriptStep } from "../../step/script.ts";

export const shellOptions = Object.freeze({
  ...remoteScriptStep.options,
  binary: option.bool({
    description: "Uploads scripts byte by byte. Otherwise every line end becomes `\\n`.",
    default: false,
  }),
  env_var_format: option.string({
    description:
      "How each environment variable is written: two `%s` stand for name and value. Unless set, it is `%s='%s' `, " +
      "and `export %s='%s'\\n` with `use_env_var_file`.",
    example: "export %s='%s'; ",
  }),
  execute_command: option.string({
    description:
      "The command that runs a script. `{{.Path}}` is the uploaded script, `{{.Vars}}` the environment variables, " +
      "`{{.EnvVarFile}}` the file with them. Unless set, it is `chmod +x {{.Path}}; {{.Vars}} {{.Path}}`, " +
      "and `chmod +x {{.Path}}; . {{.EnvVarFile}} && {{.Path}}` with `use_env_var_file`.",
    renderedLate: true,
    takesBuildData: true,
    templateData: ["Path", "Vars", "EnvVarFile"],
    example: "echo 'packer' | sudo -S env {{ .Vars }} {{ .Path }}",
  }),
  use_env_var_file: option.bool({
    description: "Writes the environment variables into a file on the machine instead of the command line.",
    default: false,
  }),
  inline_shebang: option.string({
    description:
      "The interpreter of inline scripts, written into the first line after `#!`. Unless set, it is `/bin/sh -e`, " +
      "and nothing is written when the first line of `inline` begins with `#!` itself.",
    example: "/bin/bash -eux",
  }),
  remote_folder: option.string({
    description: "The folder on the machine that scripts are uploaded to.",
    default: "/tmp",
  }),
  remote_file: option.string({
    description: "The name of uploaded scripts. Unless set, it is `script_NNNN.sh` with a random number.",
  }),
  remote_path: option.string({
    description: "The whole path of uploaded scripts. Unless set, it is `remote_folder/remote_file`.",
  }),
  skip_clean: option.bool({ description: "Leaves the uploaded scripts on the machine.", default: false }),
  expect_disconnect: option.bool({
    description: "Whether a script may end the connection, as one does that restarts the machine.",
    default: false,
  }),
  start_retry_timeout: option.duration({
    description:
      "How long to try again when a script cannot be uploaded or started, because the machine is restarting.",
    default: "5m",
  }),
  pause_after: option.duration({ description: "How long to wait after the last script.", default: "0s" }),
});
