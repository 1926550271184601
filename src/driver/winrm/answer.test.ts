// Answers as [MS-WSMV] section 4 prints them: with blanks around values, states beside one another, faults inside faults.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rejectsWith } from "../../../test/rejects.ts";
import type { XmlElement } from "../xml/xml.ts";
import { readAnswer, readCommandId, readEnvelopeLimit, readReceived, readShellId } from "./answer.ts";
import { isOperationTimeout, isShellGone, isTooLarge, type WsmanFault, WsmanFaultError } from "./fault.ts";
import type { HttpReply } from "./http-connection.ts";

const endpoint = { host: "winbox", port: 5985 };
const SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";

function reply(body: string, more: Partial<HttpReply> = {}): HttpReply {
  const head =
    '<s:Envelope xml:lang="en-US" xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:wsman="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">';
  return {
    status: 200,
    contentType: "application/soap+xml;charset=UTF-8",
    challenges: [],
    body: Buffer.from(`${head}<s:Header/><s:Body>${body}</s:Body></s:Envelope>`),
    ...more,
  };
}

function read(body: string): XmlElement {
  return readAnswer(endpoint, "answer", reply(body));
}

function faultOf(body: string): WsmanFaultError {
  try {
    readAnswer(endpoint, "do it", reply(body, { status: 500 }));
  } catch (thrown) {
    if (thrown instanceof WsmanFaultError) {
      return thrown;
    }
    throw thrown;
  }
  return assert.fail("no fault");
}

describe("driver/winrm/answer", () => {
  it("reads the shell id of section 4.8.2", () => {
    const created = `<wst:ResourceCreated xmlns:wst="http://schemas.xmlsoap.org/ws/2004/09/transfer"><wsa:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:Address><wsa:ReferenceParameters><wsman:ResourceURI>${SHELL}/test</wsman:ResourceURI><wsman:SelectorSet>
      <wsman:Selector Name="ShellId">
        uuid:4573BCA4-B667-4A84-BB06-AE5994B4395A
      </wsman:Selector></wsman:SelectorSet></wsa:ReferenceParameters></wst:ResourceCreated>`;
    assert.equal(readShellId(endpoint, read(created)), "uuid:4573BCA4-B667-4A84-BB06-AE5994B4395A");
  });

  it("reads a shell id that only the shell's description has, as newer machines send it", () => {
    assert.equal(
      readShellId(endpoint, read(`<rsp:Shell xmlns:rsp="${SHELL}"><rsp:ShellId>AB-1</rsp:ShellId></rsp:Shell>`)),
      "AB-1",
    );
  });

  it("reads the output of section 4.8.4, where an earlier state stands between the streams", () => {
    const received = readReceived(
      endpoint,
      read(`<rsp:ReceiveResponse xmlns:rsp="${SHELL}" SequenceId="0">
        <rsp:Stream Name="stdout">
          SA==
        </rsp:Stream>
        <rsp:CommandState State="${SHELL}/CommandState/Pending"><rsp:ExitCode>0</rsp:ExitCode></rsp:CommandState>
        <rsp:Stream Name="stderr" End="true"></rsp:Stream>
        <rsp:Stream Name="stdout">AGUAbABsAG8ALAAgAHcAbwByAGwAZAAhAA==</rsp:Stream>
        <rsp:CommandState State="${SHELL}/CommandState/Done"><rsp:ExitCode>0</rsp:ExitCode></rsp:CommandState>
      </rsp:ReceiveResponse>`),
    );
    const stdout = Buffer.concat(received.pieces.filter(({ stream }) => stream === "stdout").map(({ data }) => data));
    assert.equal(stdout.toString("utf16le"), "Hello, world!");
    assert.deepEqual(received.done, { exitCode: 0 });
  });

  it("does not take an earlier state's exit code for the end", () => {
    const running = `<rsp:ReceiveResponse xmlns:rsp="${SHELL}"><rsp:CommandState State="${SHELL}/CommandState/Running"><rsp:ExitCode>0</rsp:ExitCode></rsp:CommandState></rsp:ReceiveResponse>`;
    assert.deepEqual(readReceived(endpoint, read(running)), { pieces: [] });
  });

  it("reads exit codes below zero, and an end without one", () => {
    const done = (code: string): unknown =>
      readReceived(
        endpoint,
        read(
          `<rsp:ReceiveResponse xmlns:rsp="${SHELL}"><rsp:CommandState State="${SHELL}/CommandState/Done">${code}</rsp:CommandState></rsp:ReceiveResponse>`,
        ),
      ).done;
    assert.deepEqual(done("<rsp:ExitCode>-1073741819</rsp:ExitCode>"), { exitCode: -1073741819 });
    assert.deepEqual(done(""), { exitCode: undefined });
  });

  it("reads the fault of section 4.10, which has another inside", () => {
    const { fault, message } = faultOf(`<s:Fault>
      <s:Code><s:Value>s:Sender</s:Value><s:Subcode>
        <s:Value>a:DestinationUnreachable</s:Value>
      </s:Subcode></s:Code>
      <s:Reason><s:Text xml:lang="en-US">The WS-Management service cannot process the request.
        The service cannot find the resource identified by the
        resource URI and selectors.
      </s:Text></s:Reason>
      <s:Detail><wsman:FaultDetail>wsman:faultDetail/ResourceNotFound</wsman:FaultDetail>
      <f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="32768" Machine="http://localhost:80/wsman">
        <f:Message><f:ProviderFault providerId="D9A2A039-A4B3-4A70-8CB9-8D7714EAD776"><f:WSManFault Code="32769" Machine=""><f:Message>Inner.</f:Message></f:WSManFault></f:ProviderFault></f:Message>
      </f:WSManFault></s:Detail></s:Fault>`);
    assert.equal(fault.subcode, "DestinationUnreachable");
    assert.equal(fault.code, 32768);
    assert.match(
      message,
      /^winbox refused to do it\nThe WS-Management service cannot process the request\. The service cannot find the resource identified by the resource URI and selectors\. \(0x8000\)$/,
    );
  });

  it("knows the faults that it acts on by their number or their name", () => {
    const fault = (subcode: string, code: number | undefined): WsmanFault => ({ subcode, code, text: "" });
    assert.ok(isOperationTimeout(fault("TimedOut", 2150858793)));
    assert.ok(isOperationTimeout(fault("TimedOut", undefined)));
    assert.ok(!isOperationTimeout(fault("TimedOut", 2150858770)));
    assert.ok(
      isShellGone(fault("InvalidSelectors", undefined)) &&
        isShellGone(fault("", 2150858843)) &&
        isShellGone(fault("", 995)),
    );
    assert.ok(isTooLarge(fault("EncodingLimit", undefined)));
  });

  it("reads the largest request from the configuration", () => {
    const config = (size: string): XmlElement =>
      read(
        `<cfg:Config xmlns:cfg="http://schemas.microsoft.com/wbem/wsman/1/config" xml:lang="en-US"><cfg:MaxEnvelopeSizekb>${size}</cfg:MaxEnvelopeSizekb><cfg:MaxTimeoutms>60000</cfg:MaxTimeoutms></cfg:Config>`,
      );
    assert.equal(readEnvelopeLimit(config("500")), 512_000);
    assert.equal(readEnvelopeLimit(config("many")), undefined);
  });

  it("says what an answer lacks", async () => {
    const failing = async (body: () => unknown): Promise<unknown> => body();
    await rejectsWith(
      failing(() => readShellId(endpoint, read(""))),
      { code: "communicator/winrm-answer", message: /has no shell id/ },
    );
    await rejectsWith(
      failing(() => readCommandId(endpoint, read(""))),
      { code: "communicator/winrm-answer", message: /has no command id/ },
    );
    await rejectsWith(
      failing(() => readReceived(endpoint, read(""))),
      { code: "communicator/winrm-answer", message: /has no output/ },
    );
    await rejectsWith(
      failing(() => readAnswer(endpoint, "x", reply("", { body: Buffer.from("<a/>") }))),
      { code: "communicator/winrm-answer" },
    );
    await rejectsWith(
      failing(() => readAnswer(endpoint, "x", reply("", { status: 503 }))),
      { code: "communicator/winrm-answer" },
    );
  });
});
