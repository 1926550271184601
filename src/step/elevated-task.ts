// Runs a command as another user, or with all rights of one: as a scheduled task, because a WinRM session may not log on again.
import { QUIET, quotePowershell } from "../driver/winrm/powershell.ts";
import { escapeXml } from "../driver/xml/xml.ts";
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import type { ProvisionRun } from "../sdk/provisioner.ts";
import { uploadBytes, withMark } from "./windows-script.ts";

const options = Object.freeze({
  elevated_user: option.string({
    default: "",
    description: "Run the scripts as this user with all rights, as a scheduled task. `SYSTEM` needs no password.",
    example: "Administrator",
  }),
  elevated_password: option.string({ default: "", description: "Password of `elevated_user`.", sensitive: true }),
});

type Config = ConfigOf<typeof options>;

/** As whom commands run; as the connection's user unless set. */
export const elevatedTaskStep = Object.freeze({
  options,
  check(config: Config, context: PrepareContext): void {
    if (config.elevated_user === "" && config.elevated_password !== "") {
      context.problem("elevated_password", "Must supply an 'elevated_user' if 'elevated_password' provided");
    }
  },
});

/** Puts a script on the machine that runs the command as the user, and gives the command line that runs it. */
export async function uploadElevated(config: Config, run: ProvisionRun, command: string): Promise<string> {
  const scriptPath = `C:/Windows/Temp/packer-elevated-shell-${run.host.random.uuid()}.ps1`;
  const id = run.host.random.uuid();
  const { elevated_user: user, elevated_password: password } = config;
  const script = writeElevatedScript({ id, user, password, command, scriptPath });
  await uploadBytes(run, withMark(Buffer.from(script)), scriptPath);
  return `powershell -executionpolicy bypass -file "${scriptPath}"`;
}

export interface ElevatedTask {
  /** Makes the names of the task and of its log unique. */
  readonly id: string;
  readonly user: string;
  /** Empty for accounts without one, such as SYSTEM. */
  readonly password: string;
  /** For cmd.exe. */
  readonly command: string;
  /** Where the script below is stored on the machine: it deletes itself. */
  readonly scriptPath: string;
}

/**
 * A PowerShell script that registers the task, starts it, prints its output as it comes and ends with its result.
 * Unlike Packer's it reads the log on from where it was, so that much output does not slow it down, and it sees
 * that a short task has run without waiting ten seconds for it to begin.
 */
export function writeElevatedScript(task: ElevatedTask): string {
  const log = `%SYSTEMROOT%/Temp/packer-${task.id}.out`;
  const withPassword = task.password !== "";
  return `$ErrorActionPreference = 'Stop'
${QUIET}
$name = 'packer-${task.id}'
$log = [Environment]::ExpandEnvironmentVariables('${log}')
$xml = @'
${writeTaskXml(task, log)}
'@
$service = New-Object -ComObject 'Schedule.Service'
$service.Connect()
$folder = $service.GetFolder('\\')
$definition = $service.NewTask(0)
$definition.XmlText = $xml
$reader = $null
try {
  # 6: create or update. 1: log on with the password. 5: a service account.
  [void]$folder.RegisterTaskDefinition($name, $definition, 6, ${quotePowershell(task.user)}, ${withPassword ? quotePowershell(task.password) : "$null"}, ${withPassword ? 1 : 5}, $null)
  $task = $folder.GetTask("\\$name")
  [void]$task.Run($null)
  # 4: running. 267011: has not run yet.
  for ($tenths = 0; $tenths -lt 100 -and $task.State -ne 4 -and $task.LastTaskResult -eq 267011; $tenths++) { Start-Sleep -Milliseconds 100 }
  do {
    $ended = $task.State -ne 4
    if ($reader -eq $null -and [IO.File]::Exists($log)) {
      $encoding = [Text.Encoding]::GetEncoding([Globalization.CultureInfo]::CurrentCulture.TextInfo.OEMCodePage)
      $reader = New-Object IO.StreamReader([IO.File]::Open($log, 'Open', 'Read', 'ReadWrite'), $encoding)
    }
    if ($reader -ne $null) { [Console]::Out.Write($reader.ReadToEnd()) }
    if (-not $ended) { Start-Sleep -Milliseconds 100 }
  } until ($ended)
  $result = $task.LastTaskResult
} catch {
  [Console]::Error.WriteLine('The elevated task failed: ' + $_.Exception.Message)
  $result = 1
} finally {
  if ($reader -ne $null) { $reader.Close() }
  try { $folder.DeleteTask("\\$name", 0) } catch { }
  Remove-Item -LiteralPath $log, ${quotePowershell(task.scriptPath)} -Force -ErrorAction SilentlyContinue
}
exit $result
`;
}

function writeTaskXml({ user, password, command }: ElevatedTask, log: string): string {
  const logon = password === "" ? "" : "\n      <LogonType>Password</LogonType>";
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Packer elevated task</Description>
  </RegistrationInfo>
  <Principals>
    <Principal id="Author">
      <UserId>${escapeXml(user)}</UserId>${logon}
      <RunLevel>HighestAvailable</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <IdleSettings>
      <StopOnIdleEnd>false</StopOnIdleEnd>
      <RestartOnIdle>false</RestartOnIdle>
    </IdleSettings>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>4</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>cmd</Command>
      <Arguments>/c ${escapeXml(`${command} > ${log} 2>&1`)}</Arguments>
    </Exec>
  </Actions>
</Task>`;
}
