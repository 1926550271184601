// The command lines and wrapped scripts of provisioner "powershell".

import type { ConfigOf } from "../../sdk/option.ts";
import { formatVariables, type Variable } from "../../step/script.ts";
import type { powershellOptions } from "./powershell-options.ts";

type Config = Pick<ConfigOf<typeof powershellOptions>, "debug_mode" | "execution_policy" | "use_pwsh">;

/** The usual command for a script file: variables are read, the script runs, its exit code becomes PowerShell's. */
export function writeScriptCommand(config: Config): string {
  const trace = config.debug_mode === 0 ? "" : `Set-PsDebug -Trace ${config.debug_mode};`;
  const quiet =
    "if (Test-Path variable:global:ProgressPreference){set-variable -name variable:global:ProgressPreference -value 'SilentlyContinue'}";
  const block = `& { ${quiet};${trace}. {{.Vars}}; &'{{.Path}}'; exit $LastExitCode }`;
  if (config.execution_policy === "none") {
    return block;
  }
  return config.use_pwsh
    ? `pwsh -executionpolicy ${config.execution_policy} -command "${block}"`
    : `powershell -executionpolicy ${config.execution_policy} "${block}"`;
}

/** The usual command for an inline script, which brings its variables along. */
export function writeInlineCommand(config: Config): string {
  if (config.execution_policy === "none") {
    return "-file {{.Path}}";
  }
  return `${config.use_pwsh ? "pwsh" : "powershell"} -executionpolicy ${config.execution_policy} -file {{.Path}}`;
}

/**
 * As Packer 1.14: an inline script that is run as a file has its variables at its beginning, an error that nobody
 * catches ends it with 1, and the exit code of the last program becomes its own.
 */
export function wrapInline(script: string, variables: string, debugMode: number): string {
  return [
    "if (Test-Path variable:global:ProgressPreference) { Set-Variable -Name variable:global:ProgressPreference -Value 'SilentlyContinue' }",
    ...(debugMode === 0 ? [] : [`Set-PsDebug -Trace ${debugMode}`]),
    variables.trim(),
    "try {",
    script.trimEnd(),
    "} catch {",
    "Write-Error -ErrorRecord $_ -ErrorAction Continue",
    "exit 1",
    "}",
    "if ((Test-Path variable:global:LASTEXITCODE) -and $global:LASTEXITCODE) { exit $global:LASTEXITCODE }",
    "exit 0",
    "",
  ].join("\n");
}

/** Variables as PowerShell reads them: what double quotes would expand is escaped. */
export function writeVariables(variables: readonly Variable[], format: string): string {
  const escaped = variables.map(([name, value]) => [name, value.replace(/[$"`']/g, "`$&")] as const);
  return formatVariables(escaped, format);
}
