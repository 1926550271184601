// Programs of the test machine: as much of cmd.exe as clients use.
import { setTimeout as sleep } from "node:timers/promises";
import type { Machine, ProgramCall } from "./winrm-machine.ts";
import { addPowershell } from "./winrm-powershell.ts";

/** Teaches a machine its programs. */
export function addPrograms(machine: Machine): void {
  machine.program(/^\s*exit(?: \/b)? (\d+)\s*$/i, ({ groups }) => Number(groups[0]));
  machine.program(/^\s*hostname\s*$/i, ({ stdout }) => say(stdout, "WINBOX"));
  machine.program(/^\s*ver\s*$/i, ({ stdout }) => say(stdout, "Microsoft Windows [Version 10.0.20348.1]"));
  machine.program(/^\s*echo\.? ?(.*)$/is, ({ groups, stdout, environment }) =>
    say(stdout, expand(groups[0] ?? "", environment)),
  );
  machine.program(/^\s*echo (.*?)\s*>> "?([^"]+)"?\s*$/is, ({ groups }) => {
    machine.append(groups[1] ?? "", Buffer.from(`${groups[0]} \r\n`));
    return 0;
  });
  machine.program(/^\s*type "?([^"]+)"?\s*$/i, ({ groups, stdout, stderr }) => {
    const content = machine.read(groups[0] ?? "");
    if (content === undefined) {
      stderr("The system cannot find the file specified.\r\n");
      return 1;
    }
    stdout(content);
    return 0;
  });
  machine.program(/^\s*more\s*$/i, async ({ stdin, stdout }) => {
    for await (const chunk of stdin) {
      stdout(chunk);
    }
    return 0;
  });
  machine.program(/^\s*ping -n (\d+) /i, async ({ groups, signal }) => {
    await sleep(Number(groups[0]) * 1000, undefined, { signal });
    return 0;
  });
  machine.program(/^\s*del (?:\/[fq] )*"([^"]+)"\s*$/i, ({ groups }) => {
    machine.remove(groups[0] ?? "");
    return 0;
  });
  addPowershell(machine);
  machine.program(/^\s*((?:set "[^"]*" && )*)"([^"]+\.(?:bat|cmd))"\s*$/i, (call) => runBatch(machine, call));
}

/** A batch file behind settings of variables, line by line. */
async function runBatch(machine: Machine, call: ProgramCall): Promise<number> {
  const [settings = "", path = ""] = call.groups;
  for (const [, name = "", value = ""] of settings.matchAll(/set "([^=]*)=([^"]*)" && /g)) {
    call.environment.set(name, value);
  }
  const content = machine.read(path);
  if (content === undefined) {
    call.stderr(
      `'"${path}"' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n`,
    );
    return 1;
  }
  let code = 0;
  for (const line of content.toString("utf8").split(/\r?\n/)) {
    if (line.trim() === "" || /^\s*@/.test(line)) {
      continue;
    }
    code = await machine.run(expand(line, call.environment), call);
    if (/^\s*exit\b/i.test(line)) {
      return code;
    }
  }
  return code;
}

function say(stdout: (text: string) => void, text: string): number {
  stdout(`${text}\r\n`);
  return 0;
}

/** `%NAME%` replaced as cmd.exe does. */
export function expand(text: string, environment: ReadonlyMap<string, string>): string {
  return text.replace(/%(\w+)%/g, (whole, name: string) => {
    const found = [...environment].find(([known]) => known.toLowerCase() === name.toLowerCase());
    return found?.[1] ?? whole;
  });
}
