// Everything as comma-separated records, for programs. After https://developer.hashicorp.com/packer/docs/commands#machine-readable-output

import type { Face } from "../command/command.ts";
import { narrate } from "../core/narrate.ts";
import { renderDiagnostic } from "../diagnostic/render.ts";

export interface MachineOptions {
  readonly write: (text: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hides secrets in a text for people. */
  readonly hide: (text: string) => string;
}

/** Records of which every field is data: a path that is changed leads nowhere. */
const DATA = new Set(["artifact", "artifact-count", "error-count", "unchanged", "plan-build", "collected-build"]);

export function openMachineFace(options: MachineOptions): Face {
  const line = (target: string, type: string, ...data: readonly string[]): void => {
    const fields = data.map((field) => escapeField(DATA.has(type) ? field : options.hide(field)));
    options.write(`${[Math.floor(options.now() / 1000), target, type, ...fields].join(",")}\n`);
  };
  return {
    sink: narrate((narration) => {
      if (narration.is === "ui") {
        line("", "ui", narration.level, narration.text);
      } else {
        line(narration.target.replaceAll(",", "%!(PACKER_COMMA)"), narration.type, ...narration.data);
      }
    }),
    say: (text) => line("", "ui", "say", text),
    error: (text) => line("", "ui", "error", text),
    machine: (type, ...data) => line("", type, ...data),
    diagnostics: (diagnostics, files) => {
      for (const diagnostic of diagnostics) {
        line(
          "",
          "ui",
          diagnostic.severity === "error" ? "error" : "say",
          renderDiagnostic(diagnostic, files, { hide: options.hide }),
        );
      }
    },
  };
}

/** As Packer: commas and line ends are replaced, nothing else is. */
export function escapeField(text: string): string {
  return text.replaceAll(",", "%!(PACKER_COMMA)").replaceAll("\r", "\\r").replaceAll("\n", "\\n");
}
