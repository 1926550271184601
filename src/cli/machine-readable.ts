// Everything as comma-separated records, for programs. After https://developer.hashicorp.com/packer/docs/commands#machine-readable-output

import type { Face } from "../command/command.ts";
import { narrate } from "../core/narrate.ts";
import { renderDiagnostic } from "../diagnostic/render.ts";

export interface MachineOptions {
  readonly write: (text: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly filter: (text: string) => string;
}

export function machineFace(options: MachineOptions): Face {
  const line = (target: string, type: string, ...data: readonly string[]): void => {
    const fields = data.map((field) => escapeField(options.filter(field)));
    options.write(`${[Math.floor(options.now() / 1000), target, type, ...fields].join(",")}\n`);
  };
  return {
    sink: narrate((narration) => {
      if (narration.is === "ui") line("", "ui", narration.level, narration.text);
      else line(narration.target.replaceAll(",", "%!(PACKER_COMMA)"), narration.type, ...narration.data);
    }),
    say: (text) => line("", "ui", "say", text),
    error: (text) => line("", "ui", "error", text),
    machine: (type, ...data) => line("", type, ...data),
    diagnostics: (diagnostics, files) => {
      for (const diagnostic of diagnostics)
        line("", "ui", diagnostic.severity === "error" ? "error" : "say", renderDiagnostic(diagnostic, files, { filter: options.filter }));
    },
  };
}

/** As Packer: commas and line ends are replaced, nothing else is. */
export function escapeField(text: string): string {
  return text.replaceAll(",", "%!(PACKER_COMMA)").replaceAll("\r", "\\r").replaceAll("\n", "\\n");
}
