// WS-Management requests as XML: [MS-WSMV] section 3.1.4 and DSP0226.
import { escapeXml } from "../xml/xml.ts";

export const NS = {
  soap: "http://www.w3.org/2003/05/soap-envelope",
  addressing: "http://schemas.xmlsoap.org/ws/2004/08/addressing",
  wsman: "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
  microsoft: "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
  shell: "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
  transfer: "http://schemas.xmlsoap.org/ws/2004/09/transfer",
  fault: "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
} as const;

export const ACTION = {
  create: `${NS.transfer}/Create`,
  delete: `${NS.transfer}/Delete`,
  get: `${NS.transfer}/Get`,
  command: `${NS.shell}/Command`,
  receive: `${NS.shell}/Receive`,
  send: `${NS.shell}/Send`,
  signal: `${NS.shell}/Signal`,
} as const;

export const RESOURCE = {
  cmd: `${NS.shell}/cmd`,
  config: "http://schemas.microsoft.com/wbem/wsman/1/config",
} as const;

export const SIGNAL_TERMINATE = `${NS.shell}/signal/terminate`;
export const COMMAND_DONE = `${NS.shell}/CommandState/Done`;

/** The largest answer that is asked for; a server with a smaller limit of its own keeps to that. */
export const ANSWER_ENVELOPE = 512_000;

export interface WsmanRequest {
  readonly action: string;
  readonly resource: string;
  readonly shellId?: string | undefined;
  readonly options?: Readonly<Record<string, string>> | undefined;
  /** XML inside the body, with the prefixes of `NS`' documents: `rsp` for the shell's. */
  readonly body?: string | undefined;
}

export interface Addressing {
  readonly url: string;
  readonly messageId: string;
  /** How long the server may hold the request, in seconds. */
  readonly operationTimeout: number;
}

/** The whole envelope of a request. */
export function writeEnvelope(request: WsmanRequest, addressing: Addressing): string {
  const selectors =
    request.shellId === undefined
      ? ""
      : `<w:SelectorSet><w:Selector Name="ShellId">${escapeXml(request.shellId)}</w:Selector></w:SelectorSet>`;
  const options = Object.entries(request.options ?? {}).map(
    ([name, value]) => `<w:Option Name="${name}">${escapeXml(value)}</w:Option>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<env:Envelope xmlns:env="${NS.soap}" xmlns:a="${NS.addressing}" xmlns:w="${NS.wsman}" xmlns:p="${NS.microsoft}" xmlns:rsp="${NS.shell}">`,
    "<env:Header>",
    `<a:To>${escapeXml(addressing.url)}</a:To>`,
    `<a:ReplyTo><a:Address mustUnderstand="true">${NS.addressing}/role/anonymous</a:Address></a:ReplyTo>`,
    `<w:MaxEnvelopeSize env:mustUnderstand="true">${ANSWER_ENVELOPE}</w:MaxEnvelopeSize>`,
    `<a:MessageID>uuid:${addressing.messageId}</a:MessageID>`,
    '<w:Locale env:mustUnderstand="false" xml:lang="en-US"/><p:DataLocale env:mustUnderstand="false" xml:lang="en-US"/>',
    `<w:OperationTimeout>PT${addressing.operationTimeout}S</w:OperationTimeout>`,
    `<w:ResourceURI env:mustUnderstand="true">${request.resource}</w:ResourceURI>`,
    `<a:Action env:mustUnderstand="true">${request.action}</a:Action>`,
    selectors,
    options.length === 0 ? "" : `<w:OptionSet env:mustUnderstand="true">${options.join("")}</w:OptionSet>`,
    `</env:Header><env:Body>${request.body ?? ""}</env:Body></env:Envelope>`,
  ].join("");
}

/** Opens a cmd shell with UTF-8 as its code page. */
export function createShell(environment: Readonly<Record<string, string>> = {}): WsmanRequest {
  const variables = Object.entries(environment).map(
    ([name, value]) => `<rsp:Variable Name="${escapeXml(name)}">${escapeXml(value)}</rsp:Variable>`,
  );
  const block = variables.length === 0 ? "" : `<rsp:Environment>${variables.join("")}</rsp:Environment>`;
  return {
    action: ACTION.create,
    resource: RESOURCE.cmd,
    options: { WINRS_NOPROFILE: "FALSE", WINRS_CODEPAGE: "65001" },
    body: `<rsp:Shell>${block}<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>`,
  };
}

/** Starts a command line. With `piped` its standard input is a pipe, as programs that read it to its end need it. */
export function startCommand(shellId: string, commandLine: string, piped: boolean): WsmanRequest {
  return {
    action: ACTION.command,
    resource: RESOURCE.cmd,
    shellId,
    options: { WINRS_CONSOLEMODE_STDIN: piped ? "FALSE" : "TRUE", WINRS_SKIP_CMD_SHELL: "FALSE" },
    body: `<rsp:CommandLine><rsp:Command>${escapeXml(commandLine)}</rsp:Command></rsp:CommandLine>`,
  };
}

export function receiveOutput(shellId: string, commandId: string): WsmanRequest {
  return {
    action: ACTION.receive,
    resource: RESOURCE.cmd,
    shellId,
    body: `<rsp:Receive><rsp:DesiredStream CommandId="${escapeXml(commandId)}">stdout stderr</rsp:DesiredStream></rsp:Receive>`,
  };
}

export function sendInput(shellId: string, commandId: string, data: Uint8Array, end: boolean): WsmanRequest {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
  return {
    action: ACTION.send,
    resource: RESOURCE.cmd,
    shellId,
    body: `<rsp:Send><rsp:Stream Name="stdin" CommandId="${escapeXml(commandId)}"${end ? ' End="true"' : ""}>${text}</rsp:Stream></rsp:Send>`,
  };
}

export function signalCommand(shellId: string, commandId: string, signal: string): WsmanRequest {
  return {
    action: ACTION.signal,
    resource: RESOURCE.cmd,
    shellId,
    body: `<rsp:Signal CommandId="${escapeXml(commandId)}"><rsp:Code>${signal}</rsp:Code></rsp:Signal>`,
  };
}

export function deleteShell(shellId: string): WsmanRequest {
  return { action: ACTION.delete, resource: RESOURCE.cmd, shellId };
}

export function getConfig(): WsmanRequest {
  return { action: ACTION.get, resource: RESOURCE.config };
}
