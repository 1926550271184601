// Faults of WS-Management, and what they mean in plain words.
import { BuildError, type FailureClass } from "../../diagnostic/build-error.ts";
import { findChild, findDescendant, readText, type XmlElement } from "../xml/xml.ts";

/** What a machine said when it would not do what was asked. */
export interface WsmanFault {
  /** The local name of the SOAP subcode, such as `TimedOut`; `""` when there is none. */
  readonly subcode: string;
  /** Windows' error number, when it names one. */
  readonly code: number | undefined;
  readonly text: string;
}

/** Windows' numbers for what this program acts on. */
const CODES = {
  timedOut: 0x80338029,
  unknownShell: 0x8033805b,
  tooManyShells: 0x803381a5,
  accessDenied: 5,
  outOfMemory: 0x8007000e,
} as const;

/** Numbers that mean: the command's shell went away under the request. */
const ENDED = new Set([995, 0x800703e3, 109, 0x8007006d, 0x800706be, 0x800706ba, 1726]);

/** A request that was answered with a fault. */
export class WsmanFaultError extends BuildError {
  readonly fault: WsmanFault;

  constructor(fault: WsmanFault, summary: string) {
    const { code, hint, kind } = explainMeaning(fault);
    const number = fault.code === undefined ? "" : ` (0x${fault.code.toString(16)})`;
    super(kind, {
      code,
      severity: "error",
      summary,
      detail: `${fault.text || "It gave no reason."}${number}`,
      hint,
    });
    this.fault = fault;
  }
}

/** The fault in an answer's envelope, if it is one. */
export function readFault(envelope: XmlElement): WsmanFault | undefined {
  const fault = findChild(envelope, "Body", "Fault");
  if (fault === undefined) {
    return undefined;
  }
  const subcode =
    readText(findChild(fault, "Code", "Subcode", "Value"))
      .split(":")
      .at(-1) ?? "";
  const detail = findDescendant(findChild(fault, "Detail"), "WSManFault");
  const number = Number(detail?.attributes.get("Code"));
  const reason = readText(findChild(fault, "Reason", "Text")) || readText(findChild(detail, "Message"));
  return { subcode, code: Number.isSafeInteger(number) && detail ? number : undefined, text: joinLines(reason) };
}

function joinLines(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 1000);
}

/** Nothing came within the time that the request allowed: ask again. */
export function isOperationTimeout(fault: WsmanFault): boolean {
  return fault.code === CODES.timedOut || (fault.code === undefined && fault.subcode === "TimedOut");
}

/** The shell is not there any more: deleted, timed out or lost with a restart. */
export function isShellGone(fault: WsmanFault): boolean {
  return (
    fault.code === CODES.unknownShell ||
    fault.subcode === "InvalidSelectors" ||
    (fault.code !== undefined && ENDED.has(fault.code))
  );
}

export function isTooLarge(fault: WsmanFault): boolean {
  return fault.subcode === "EncodingLimit";
}

function explainMeaning(fault: WsmanFault): { code: string; kind: FailureClass; hint?: string | undefined } {
  if (fault.subcode === "QuotaLimit" || isQuota(fault.code)) {
    const shells = fault.code === CODES.tooManyShells;
    return { code: "communicator/winrm-quota", kind: "capacity", hint: shells ? SHELL_HINT : QUOTA_HINT };
  }
  if (fault.code === CODES.outOfMemory) {
    return { code: "communicator/winrm-quota", kind: "capacity", hint: MEMORY_HINT };
  }
  if (fault.code === CODES.accessDenied || fault.subcode === "AccessDenied") {
    return { code: "communicator/winrm-fault", kind: "auth", hint: ACCESS_HINT };
  }
  return { code: "communicator/winrm-fault", kind: "network" };
}

/** Quotas have neighbouring numbers: operations, shells, users, the system. */
function isQuota(code: number | undefined): boolean {
  return code !== undefined && code >= 0x803381a4 && code <= 0x803381a8;
}

const SHELL_HINT =
  'Shells are left over from other connections, or the limit is low: winrm set winrm/config/winrs @{MaxShellsPerUser="30"}, or restart the WinRM service.';
const QUOTA_HINT = "See the limits with: winrm get winrm/config, and raise the one that the message names.";
const MEMORY_HINT = 'Give shells more memory: winrm set winrm/config/winrs @{MaxMemoryPerShellMB="2048"}.';
const ACCESS_HINT =
  "The user may log on but not open shells. Use an administrator, and for local users other than Administrator set LocalAccountTokenFilterPolicy to 1 in HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System.";
